import FoundationEssentials
import Glibc
import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("Credential processes")
struct ProcessCredentialsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func provider(
        _ command: String, more: String = "", variables: [String: String] = [:],
        timeout: Duration = .seconds(20)
    ) throws -> ProcessCredentials {
        let config = "[profile a]\ncredential_process = \(command)\n\(more)"
        return ProcessCredentials(
            context: context(machine(variables)), profile: "a", config: try sharedConfig(config: config),
            timeout: timeout)
    }

    /// Writes a shell script and returns the command line that runs it. Not run by itself, because a file that
    /// another test's child holds open for writing cannot be executed (ETXTBSY).
    private func script(_ body: String, name: String = "helper") throws -> String {
        "/bin/sh '\(try folder.write(name, body))'"
    }

    private var json: String {
        #"{"Version": 1, "AccessKeyId": "ASIAPROC", "SecretAccessKey": "\#(Secret.key)", "SessionToken": "\#(Secret.token)", "Expiration": "2026-11-24T13:00:00Z"}"#
    }

    @Test("The printed keys are used; arguments arrive as a shell would split them, without a shell")
    func success() async throws {
        let path = try script(
            "[ \"$1\" = 'two words' ] && [ \"$2\" = '$HOME;' ] && [ $# = 2 ] && cat <<'J'\n\(json)\nJ",
            name: "my helper")
        let keys = try await provider(
            "\(path) \"two words\" '$HOME;'", more: "aws_account_id = 111122223333\n"
        ).credentials()
        #expect(
            keys
                == AWSCredentials(
                    accessKeyID: "ASIAPROC", secretAccessKey: Secret.key, sessionToken: Secret.token,
                    expiration: noon.addingTimeInterval(3600), accountID: "111122223333"))
    }

    @Test("The program gets the given variables, an empty input and default signals, and no other descriptor")
    func surroundings() async throws {
        let leaked = open("/dev/null", O_RDONLY)
        defer { close(leaked) }
        // Nobody sends it, so that the other tests do not mind. The C library itself ignores signals 32 and 33.
        let handler = signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, handler) }
        let path = try script(
            """
            [ "$MARK" = yes ] || exit 11
            [ -z "$(cat)" ] || exit 12
            [ ! -e /proc/$$/fd/\(leaked) ] || exit 13
            case "$(sed -n 's/^SigIgn:[^0-9a-f]*//p' /proc/self/status)" in *[08]0000000) ;; *) exit 14 ;; esac
            [ "$(sed -n 's/^SigBlk:[^0-9a-f]*//p' /proc/self/status)" = 0000000000000000 ] || exit 15
            printf '%s' '\(json)'
            """)
        let variables = ["MARK": "yes", "PATH": "/usr/bin:/bin"]
        #expect(try await provider(path, variables: variables).credentials().accessKeyID == "ASIAPROC")
    }

    @Test("A program is looked up in PATH")
    func path() async throws {
        let keys = try await provider("printf '%s' '\(json)'").credentials()
        #expect(keys.accessKeyID == "ASIAPROC")
    }

    @Test(
        "Failures tell status and last words, without keys and arguments",
        arguments: [
            (
                "echo '\(Secret.key)'; echo first >&2; echo 'log in again' >&2; exit 3",
                "exited with status 3, its last words: log in again"
            ),
            (
                "echo 'token \(Secret.token) expired' >&2; exit 1",
                "exited with status 1, its last words: token <secret> expired"
            ),
            ("exit 255", "exited with status 255 and said nothing; run it by hand"),
            ("kill -9 $$", "was ended by signal 9"),
        ])
    func failures(body: String, reason: String) async throws {
        let path = try script(body)
        let error = await failure(of: try provider("\(path) --password \(Secret.otherKey)"))
        #expect(error == .failed(source: "credential_process", reason: "profile a: /bin/sh \(reason)"))
    }

    @Test("What is printed must be the expected object")
    func output() async throws {
        for (body, reason) in [
            ("echo '\(Secret.key)'", "is not the expected JSON object (41 bytes)"),
            (":", "is not the expected JSON object (0 bytes)"),
            ("echo '{\"Version\":3}'", "is not of Version 1, the only one supported"),
        ] {
            let path = try script(body)
            let error = await failure(of: try provider(path))
            #expect(
                error
                    == .failed(
                        source: "credential_process", reason: "profile a: the output of /bin/sh \(reason)"))
        }
    }

    @Test("A program that hangs is killed with its children and reaped")
    func hanging() async throws {
        let file = folder.path + "/pids"
        let path = try script("sleep 600 & echo $! >> \(file); echo $$ >> \(file); wait")
        let clock = ContinuousClock()
        let started = clock.now
        let error = await failure(of: try provider(path, timeout: .seconds(5)))
        #expect(
            error
                == .failed(
                    source: "credential_process",
                    reason: "profile a: /bin/sh did not end within 5.0 seconds and was killed"))
        #expect(clock.now - started < .seconds(60))
        let pids = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap {
            pid_t($0)
        }
        try #require(pids.count == 2)
        // The program itself is reaped; its child is init's to reap, so a zombie may linger for a moment.
        #expect(kill(pids[1], 0) == -1)
        #expect(await isGone(pids[0]))
    }

    @Test("A program that closes its output and lives on is killed as well")
    func lingering() async throws {
        let path = try script("exec >/dev/null 2>/dev/null; sleep 600")
        let error = await failure(of: try provider(path, timeout: .milliseconds(300)))
        #expect(error.map { "\($0)" }?.contains("did not end within") == true)
    }

    @Test("A program that prints without end is killed")
    func endless() async throws {
        let error = await failure(of: try provider(try script("while :; do echo '\(Secret.key)'; done")))
        #expect(error.map { "\($0)" }?.hasSuffix("printed more than 65536 bytes and was killed") == true)
    }

    @Test("A flood on standard error is read and dropped")
    func noisy() async throws {
        let path = try script("head -c 1000000 /dev/zero | tr '\\0' x >&2; printf '%s' '\(json)'")
        #expect(try await provider(path).credentials().accessKeyID == "ASIAPROC")
    }

    @Test(
        "What cannot be run is named",
        arguments: [
            ("/nowhere/helper --x", "profile a: /nowhere/helper cannot be run: No such file or directory"),
            ("/etc/passwd", "profile a: /etc/passwd cannot be run: Permission denied"),
            ("'open", "profile a: the command line has an open quotation or no program"),
        ])
    func unstartable(command: String, reason: String) async throws {
        #expect(
            await failure(of: try provider(command)) == .failed(source: "credential_process", reason: reason))
    }

    @Test("Without the key it is not configured")
    func absent() async throws {
        #expect(
            await failure(of: try provider(""))
                == .notConfigured(source: "credential_process", reason: "no credential_process in profile a"))
    }

    @Test("Fifty programs leave no descriptor and no zombie")
    func leaks() async throws {
        let file = folder.path + "/pids"
        let provider = try provider(try script("echo $$ >> \(file); printf '%s' '\(json)'"))
        let before = try descriptorCount()
        for _ in 0..<50 { _ = try await provider.credentials() }
        // The other tests open some meanwhile; four of each program would be 200.
        #expect(try descriptorCount() < before + 100)
        let pids = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap {
            pid_t($0)
        }
        #expect(pids.count == 50)
        #expect(pids.allSatisfy { kill($0, 0) == -1 })
    }

    private func descriptorCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    private func isGone(_ pid: pid_t) async -> Bool {
        for _ in 0..<60_000 {
            guard let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
                return true
            }
            if state.contains(") Z ") { return true }
            try? await Task.sleep(for: .milliseconds(1))
        }
        return false
    }
}
