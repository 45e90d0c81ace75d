import Dispatch
import Glibc
import Synchronization

/// Runs a program without a shell, with bounded time and output, and reaps it.
package enum ChildProcess {
    package enum Ending: Equatable, Sendable {
        case exited(code: Int32, output: [UInt8], errorTail: [UInt8])
        case killed(signal: Int32)
        case timedOut
        case tooMuchOutput
        case cannotRun(reason: String)
        /// The task that ran it was cancelled, and the program killed.
        case cancelled
    }

    /// What becomes of a program's standard output; of its standard error the end is kept.
    package enum Output: Sendable {
        /// A program that prints more is killed.
        case kept(maximumBytes: Int)
        /// It goes to `/dev/null`.
        case dropped
    }

    /// Runs `arguments[0]`, looked up in PATH, with these bytes as its standard input. A program that overstays
    /// `timeout` or prints too much is killed with all of its process group.
    ///
    /// It has ended when it exits: what it left in the background is not waited for, although that may hold its output.
    package static func run(
        _ arguments: [String], environment: [String: String], input: [UInt8] = [], timeout: Duration,
        output: Output
    ) async -> Ending {
        let cancellation = Cancellation()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A thread of its own: waiting for a program must not take one from the cooperative pool.
                DispatchQueue(label: "child-process").async {
                    let deadline = ContinuousClock.now.advanced(by: timeout)
                    continuation.resume(
                        returning: runBlocking(arguments, environment, input, output, deadline, cancellation))
                }
            }
        } onCancel: {
            cancellation.isRequested.store(true, ordering: .relaxed)
        }
    }

    /// Set from any thread, looked at by the one that waits for the program.
    final class Cancellation: Sendable {
        let isRequested = Atomic(false)
    }

    private static func runBlocking(
        _ arguments: [String], _ environment: [String: String], _ input: [UInt8], _ output: Output,
        _ deadline: ContinuousClock.Instant, _ cancellation: Cancellation
    ) -> Ending {
        guard let errors = OutputPipe() else { return .cannotRun(reason: BoundedFile.reason(errno)) }
        defer { errors.closeReading() }
        var pipe: OutputPipe?
        var limit = 0
        if case .kept(let maximumBytes) = output {
            guard let opened = OutputPipe() else {
                let reason = BoundedFile.reason(errno)
                errors.closeWriting()
                return .cannotRun(reason: reason)
            }
            (pipe, limit) = (opened, maximumBytes)
        }
        defer { pipe?.closeReading() }
        let started = start(arguments, environment, input, output: pipe?.writing, errors: errors.writing)
        pipe?.closeWriting()
        errors.closeWriting()
        switch started {
        case .failed(let number): return .cannotRun(reason: BoundedFile.reason(number))
        case .running(let pid):
            let collector = OutputCollector(output: pipe?.reading, errors: errors.reading, limit: limit)
            return ending(of: pid, collector, deadline, cancellation)
        }
    }

    private static func start(
        _ arguments: [String], _ environment: [String: String], _ input: [UInt8], output: Int32?,
        errors: Int32
    ) -> ProcessSpawner.Start {
        guard !input.isEmpty else {
            return ProcessSpawner.spawn(arguments, environment, output: output, errors: errors)
        }
        guard let file = InputFile(input) else { return .failed(errorNumber: errno) }
        defer { file.close() }
        return ProcessSpawner.spawn(
            arguments, environment, input: file.descriptor, output: output, errors: errors)
    }

    /// Reads what the program says until it exits.
    private static func ending(
        of pid: pid_t, _ collector: OutputCollector, _ deadline: ContinuousClock.Instant,
        _ cancellation: Cancellation
    ) -> Ending {
        var collector = collector
        while true {
            if let status = exitStatus(of: pid) {
                collector.readRest()
                if collector.isOverLimit { return .tooMuchOutput }
                return ended(status, collector)
            }
            let isCancelled = cancellation.isRequested.load(ordering: .relaxed)
            guard !isCancelled, !collector.isOverLimit, ContinuousClock.now < deadline else {
                kill(pid)
                return isCancelled ? .cancelled : collector.isOverLimit ? .tooMuchOutput : .timedOut
            }
            collector.readSome()
        }
    }

    private static func ended(_ status: Int32, _ collector: OutputCollector) -> Ending {
        // WIFEXITED and its kin are macros: the low seven bits are the signal, the next byte the exit code.
        guard status & 0x7f == 0 else { return .killed(signal: status & 0x7f) }
        return .exited(
            code: (status >> 8) & 0xff, output: collector.outputBytes, errorTail: collector.errorTail)
    }

    /// How long to wait for a killed process to be reaped.
    private static let reapTimeout: Duration = .seconds(1)

    private static func kill(_ pid: pid_t) {
        // The group first, for the children of a script; its ID is the program's own (POSIX_SPAWN_SETPGROUP).
        _ = Glibc.kill(-pid, SIGKILL)
        let deadline = ContinuousClock.now.advanced(by: reapTimeout)
        while exitStatus(of: pid) == nil, ContinuousClock.now < deadline { _ = poll(nil, 0, 2) }
    }

    /// The wait status; nil while it runs. A status that somebody else collected counts as exit code 127.
    private static func exitStatus(of pid: pid_t) -> Int32? {
        var status: Int32 = 0
        let result = waitpid(pid, &status, WNOHANG)
        if result == pid { return status }
        return result < 0 && errno != EINTR ? 127 << 8 : nil
    }
}

/// Starts programs with nothing of this process but what they are given.
package enum ProcessSpawner {
    package enum Start: Equatable, Sendable {
        case running(pid_t)
        case failed(errorNumber: Int32)
    }

    /// Starts `arguments[0]`, looked up in PATH, with the descriptors as its input, output and error; without an input
    /// it reads nothing, without an output what it prints is forgotten.
    package static func spawn(
        _ arguments: [String], _ environment: [String: String], input: Int32? = nil, output: Int32?,
        errors: Int32
    ) -> Start {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        // The database and the sockets are none of the program's business. glibc passes over those closed meanwhile.
        for descriptor in openDescriptors() where descriptor > STDERR_FILENO {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        setSignalsAndGroup(&attributes)

        var pid: pid_t = 0
        let failure = withCStrings(arguments) { arguments in
            withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                guard let program = arguments[0] else { return ENOENT }
                return posix_spawnp(&pid, program, &actions, &attributes, arguments, environment)
            }
        }
        return failure == 0 ? .running(pid) : .failed(errorNumber: failure)
    }

    /// No signal blocked or ignored, which a new program inherits and a daemon does; a process group of its own.
    private static func setSignalsAndGroup(_ attributes: inout posix_spawnattr_t) {
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }

    /// What this process has open now; empty without `/proc`, where descriptors marked close-on-exec still close.
    private static func openDescriptors() -> [Int32] {
        guard let directory = opendir("/proc/self/fd") else { return [] }
        defer { closedir(directory) }
        var descriptors: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
                    String(cString: $0)
                }
            }
            if let descriptor = Int32(name) { descriptors.append(descriptor) }
        }
        return descriptors
    }

    /// Calls `body` with a null-terminated array of C strings that live as long as the call.
    private static func withCStrings(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Int32
    ) -> Int32 {
        let pointers = strings.map { strdup($0) }
        defer { pointers.forEach { free($0) } }
        return body(pointers + [nil])
    }
}
