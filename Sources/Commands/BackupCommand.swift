import UsageStore

extension Flag {
    static let backupOutput = Flag(
        name: "output", valueName: "FILE", defaultValue: nil, help: "The backup; the file must not exist.")
}

/// `backup`: a copy of the store of one moment, also while a daemon uses it.
struct BackupCommand {
    private let invocation: Invocation
    private let target: String

    /// Throws `UsageError` when the name of the backup is missing.
    init(_ invocation: Invocation) throws {
        guard let target = invocation[.backupOutput] else {
            throw Invocation.UsageError(description: "backup needs a name for the copy: --output=FILE")
        }
        self.invocation = invocation
        self.target = target
    }

    func run() async throws -> Int32 {
        let configuration = try invocation.configurationLoader()
        try await BackupFile.make(of: configuration.storage.path, at: target)
        Output.print("\(target) is a whole copy of \(configuration.storage.path).")
        return 0
    }
}
