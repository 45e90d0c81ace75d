import Commands

await EntryPoint.run(Array(CommandLine.arguments.dropFirst()))
