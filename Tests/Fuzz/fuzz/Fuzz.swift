// Under libFuzzer (`make fuzz`) the target that BQE_FUZZ_TARGET names; else `fuzz TARGET FILE…` feeds files in once.
import FuzzTargets
import Glibc

private func say(_ text: String) {
    let bytes = Array("\(text)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}

private func feed(_ bytes: [UInt8], to target: FuzzTarget) {
    do throws(FuzzFinding) {
        try target.run(bytes)
    } catch {
        say("\(target.rawValue): \(error.description)")
        abort()
    }
}

#if FUZZING
    private let target: FuzzTarget = {
        let name = getenv("BQE_FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            say("BQE_FUZZ_TARGET: one of \(FuzzTarget.allCases.map(\.rawValue))")
            exit(2)
        }
        return target
    }()

    private typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    /// libFuzzer's own main program, as a function (llvm-project, compiler-rt/lib/fuzzer/FuzzerDriver.cpp).
    @_silgen_name("LLVMFuzzerRunDriver")
    private func runDriver(
        _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<Arguments>,
        _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> CInt

    /// What the package manager makes the program's `main`.
    @_cdecl("fuzz_main")
    public func fuzzMain(
        _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    ) -> CInt {
        var (count, arguments) = (count, arguments)
        return runDriver(&count, &arguments) { start, count in
            feed(Array(UnsafeBufferPointer(start: start, count: count)), to: target)
            return 0
        }
    }
#else
    @main
    enum Fuzz {
        static func main() {
            let arguments = CommandLine.arguments.dropFirst()
            guard let name = arguments.first, let target = FuzzTarget(rawValue: name) else {
                say("fuzz TARGET FILE…; TARGET: one of \(FuzzTarget.allCases.map(\.rawValue))")
                exit(2)
            }
            for path in arguments.dropFirst() {
                guard let file = fopen(path, "r") else {
                    say("\(path) cannot be opened")
                    exit(1)
                }
                var bytes: [UInt8] = []
                while case let byte = getc(file), byte != EOF {
                    bytes.append(UInt8(truncatingIfNeeded: byte))
                }
                fclose(file)
                feed(bytes, to: target)
            }
        }
    }
#endif
