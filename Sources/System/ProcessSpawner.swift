import Glibc

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
