import Dispatch
import Glibc

/// Runs a program without a shell, with bounded time and output, and reaps it.
enum ChildProcess {
    enum Ending: Equatable, Sendable {
        case exited(code: Int32, output: [UInt8], errorTail: [UInt8])
        case killed(signal: Int32)
        case timedOut
        case tooMuchOutput
        case cannotRun(reason: String)
    }

    /// Runs `arguments[0]`, looked up in PATH, with an empty standard input. A program that overstays `timeout` or
    /// prints more than `maximumOutputBytes` is killed with all of its process group.
    static func run(
        _ arguments: [String], environment: [String: String], timeout: Duration, maximumOutputBytes: Int
    ) async -> Ending {
        await withCheckedContinuation { continuation in
            // A thread of its own: waiting for a program must not take one from the cooperative pool.
            DispatchQueue(label: "credential-process").async {
                let deadline = ContinuousClock.now.advanced(by: timeout)
                continuation.resume(
                    returning: runBlocking(arguments, environment, deadline, maximumOutputBytes))
            }
        }
    }

    private static func runBlocking(
        _ arguments: [String], _ environment: [String: String], _ deadline: ContinuousClock.Instant,
        _ maximumOutputBytes: Int
    ) -> Ending {
        guard let output = Pipe() else { return .cannotRun(reason: BoundedFile.reason(errno)) }
        defer { output.closeReading() }
        guard let errors = Pipe() else {
            let reason = BoundedFile.reason(errno)
            output.closeWriting()
            return .cannotRun(reason: reason)
        }
        defer { errors.closeReading() }
        let (pid, failure) = spawn(arguments, environment, output: output.writing, errors: errors.writing)
        output.closeWriting()
        errors.closeWriting()
        guard failure == 0 else { return .cannotRun(reason: BoundedFile.reason(failure)) }

        var collector = OutputCollector(
            output: output.reading, errors: errors.reading, limit: maximumOutputBytes)
        let status: Int32?
        switch collector.collect(until: deadline) {
        case .ended: status = reap(pid, until: deadline)
        case .timedOut: status = nil
        case .tooMuch:
            kill(pid)
            return .tooMuchOutput
        }
        guard let status else {
            kill(pid)
            return .timedOut
        }
        // WIFEXITED and its kin are macros: the low seven bits are the signal, the next byte the exit code.
        guard status & 0x7f == 0 else { return .killed(signal: status & 0x7f) }
        return .exited(
            code: (status >> 8) & 0xff, output: collector.outputBytes, errorTail: collector.errorTail)
    }

    private static func kill(_ pid: pid_t) {
        // The group first, for the children of a script; its ID is the program's own (POSIX_SPAWN_SETPGROUP).
        _ = Glibc.kill(-pid, SIGKILL)
        _ = reap(pid, until: .now.advanced(by: CredentialsLimits.reapTimeout))
    }

    /// The wait status; nil at the deadline. A status that somebody else collected counts as exit code 127.
    private static func reap(_ pid: pid_t, until deadline: ContinuousClock.Instant) -> Int32? {
        var status: Int32 = 0
        while true {
            let result = waitpid(pid, &status, WNOHANG)
            if result == pid { return status }
            if result < 0 && errno != EINTR { return 127 << 8 }
            guard ContinuousClock.now < deadline else { return nil }
            _ = poll(nil, 0, 2)
        }
    }

    /// The process ID, or 0 and the error number.
    private static func spawn(
        _ arguments: [String], _ environment: [String: String], output: Int32, errors: Int32
    ) -> (pid: pid_t, failure: Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        // The database and the sockets are none of the program's business. glibc passes over those closed meanwhile.
        for descriptor in openDescriptors() where descriptor > STDERR_FILENO {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // Ignored signals stay ignored over exec, and a daemon ignores several.
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var pid: pid_t = 0
        let failure = withCStrings(arguments) { arguments in
            withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                guard let program = arguments[0] else { return ENOENT }
                return posix_spawnp(&pid, program, &actions, &attributes, arguments, environment)
            }
        }
        return (pid, failure)
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

/// A pipe whose ends a started program does not inherit.
private struct Pipe {
    let reading: Int32
    let writing: Int32

    /// Nil, with `errno` set, where there are no descriptors left.
    init?() {
        var descriptors: [Int32] = [-1, -1]
        guard pipe(&descriptors) == 0 else { return nil }
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (descriptors[0], descriptors[1])
    }

    func closeReading() { close(reading) }
    func closeWriting() { close(writing) }
}

/// Reads two pipes until both are at their end.
private struct OutputCollector {
    enum Result {
        case ended
        case timedOut
        case tooMuch
    }

    let output: Int32
    let errors: Int32
    let limit: Int
    private(set) var outputBytes: [UInt8] = []
    private(set) var errorTail: [UInt8] = []

    init(output: Int32, errors: Int32, limit: Int) {
        self.output = output
        self.errors = errors
        self.limit = limit
    }

    mutating func collect(until deadline: ContinuousClock.Instant) -> Result {
        var waiting = [output, errors]
        while !waiting.isEmpty {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return .timedOut }
            var polled = waiting.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let milliseconds = min(left / .milliseconds(1), 60_000).rounded(.up)
            guard poll(&polled, nfds_t(polled.count), Int32(milliseconds)) > 0 else { continue }
            for entry in polled where entry.revents != 0 {
                if !read(entry.fd) { waiting.removeAll { $0 == entry.fd } }
                if outputBytes.count > limit { return .tooMuch }
            }
        }
        return .ended
    }

    /// False at the end of the pipe.
    private mutating func read(_ descriptor: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0 { return errno == EINTR }
        guard count > 0 else { return false }
        if descriptor == output {
            outputBytes += buffer[..<count]
        } else {
            errorTail = (errorTail + buffer[..<count]).suffix(CredentialsLimits.processErrorBytes)
        }
        return true
    }
}
