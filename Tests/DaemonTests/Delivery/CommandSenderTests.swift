import FoundationEssentials
import Glibc
import Testing

@testable import Alerting
@testable import Notifications
@testable import System

@Suite("Receivers by command")
struct CommandSenderTests {
    private let message = NotificationMessage.test(now: 1_793_700_000)

    private func sender(_ arguments: [String], timeout: Duration = .seconds(20)) -> CommandSender {
        CommandSender(
            name: "page", program: arguments[0], arguments: arguments.dropFirst().map(Secret.init),
            environment: ["PATH": "/usr/bin:/bin", "MARK": "yes"], timeout: timeout, pageURL: nil)
    }

    private func shell(_ script: String, _ arguments: String..., timeout: Duration = .seconds(20)) async
        -> DeliveryResult
    {
        await sender(["/bin/sh", "-c", script, "sh"] + arguments, timeout: timeout).send(message)
    }

    @Test("The body is on standard input, whole, and ends; arguments arrive as they are, without a shell")
    func input() async throws {
        let path = "/tmp/command-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).json"
        defer { unlink(path) }
        let script = "[ \"$2\" = '$HOME; a b' ] && [ $MARK = yes ] && cat > \"$1\""
        #expect(await shell(script, path, "$HOME; a b") == .accepted)
        let written = try #require(FileManager.default.contents(atPath: path))
        #expect(Array(written) == (try WebhookBody.bytes(message, receiver: "page", pageURL: nil)))
        // A program that opens its input by name gets it, too.
        #expect(await shell("cat /dev/stdin > \"$1\"", path) == .accepted)
        #expect(FileManager.default.contents(atPath: path) == written)
    }

    @Test("A program that reads nothing of a long body breaks no pipe")
    func unread() async {
        let many = NotificationMessage(
            id: "1", transitionIDs: [], notices: Array(repeating: message.notices[0], count: 1000))
        for _ in 0..<20 { #expect(await sender(["/bin/true"]).send(many) == .accepted) }
        #expect(await shell("exec 0<&-; sleep 0.05") == .accepted)
    }

    @Test("A status is told with the last words, without arguments and keys; 65 refuses for good")
    func statuses() async {
        let words = "echo first >&2; echo \"last $1 wJalrXUtnFEMIK7MDENGbPxRfiCY\" >&2; exit"
        guard case .later(let failure, nil) = await shell(words + " 3", "t0psecret") else {
            Issue.record("other failures are tried again")
            return
        }
        #expect(failure.reason == "exit_3" && failure.detail.contains("exited with status 3"))
        #expect(failure.detail.contains("last <secret> …") && !failure.detail.contains("first"))
        #expect(!failure.detail.contains("t0psecret") && !failure.detail.contains("wJalr"))
        guard case .refused = await shell("exit 65") else {
            Issue.record("65 is a refusal")
            return
        }
        guard case .later(let signal, nil) = await shell("kill -TERM $$") else {
            Issue.record("a signal is no success")
            return
        }
        #expect(signal.reason == "signal_15")
        guard case .later(let none, nil) = await sender(["/no/such/program"]).send(message) else {
            Issue.record("a missing program may come back")
            return
        }
        #expect(none.reason == "cannot_run" && none.detail.contains("/no/such/program"))
    }

    @Test("Output without end is read and forgotten")
    func longOutput() async {
        #expect(await shell("head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2") == .accepted)
    }

    @Test(
        "The exit decides: a child in the background that holds the output is neither waited for nor killed")
    func background() async throws {
        let path = "/tmp/command-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).pid"
        defer { unlink(path) }
        #expect(
            await shell("sleep 300 & echo $! > \"$1\"; exit 0", path, timeout: .seconds(200)) == .accepted)
        let child = try #require(written(path))
        #expect(kill(child, 0) == 0)
        kill(child, SIGKILL)
        guard case .later(let failure, nil) = await shell("sleep 0.2 & echo last >&2; exit 3") else {
            Issue.record("a status is a failure")
            return
        }
        #expect(failure.reason == "exit_3" && failure.detail.contains("last"))
    }

    @Test("Output that never ends is not kept, and its program is killed in time")
    func endlessOutput() async {
        guard case .later(let failure, nil) = await shell("yes & yes >&2", timeout: .seconds(1)) else {
            Issue.record("a timeout is no success")
            return
        }
        #expect(failure.reason == "timeout")
        #expect(await shell("yes >&2 & exit 0") == .accepted)
    }

    @Test("One that hangs is killed at once when nobody waits any more")
    func cancelled() async throws {
        let path = "/tmp/command-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).pid"
        defer { unlink(path) }
        let task = Task { await shell("echo $$ > \"$1\"; sleep 300", path, timeout: .seconds(200)) }
        try await eventually("it runs") { written(path) != nil }
        let program = try #require(written(path))
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(kill(program, 0) != 0)
    }

    private func written(_ path: String) -> pid_t? {
        FileManager.default.contents(atPath: path).flatMap {
            pid_t(String(decoding: $0, as: UTF8.self).filter(\.isNumber))
        }
    }

    @Test("AWS's keys and ways to them, and values that hold a secret, are not inherited")
    func inheritance() {
        Redactor.process.hold(["pr0xy-passw0rd"])
        let inherited = CommandEnvironment.variables(of: [
            "PATH": "/bin", "AWS_REGION": "us-east-1", "AWS_PROFILE": "p",
            "PAGER_TOKEN": "of the command's own",
            "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t",
            "AWS_SECURITY_TOKEN": "t", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/", "AWS_WEB_IDENTITY_TOKEN_FILE": "/t",
            "AWS_BEARER_TOKEN_BEDROCK": "b", "CREDENTIALS_DIRECTORY": "/run/credentials",
            "HTTPS_PROXY": "http://user:pr0xy-passw0rd@proxy:3128",
        ])
        #expect(Set(inherited.keys) == ["PATH", "AWS_REGION", "AWS_PROFILE", "PAGER_TOKEN"])
    }

    @Test("One that hangs is killed with its children")
    func hangs() async throws {
        let path = "/tmp/command-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).pid"
        defer { unlink(path) }
        let begin = ContinuousClock.now
        let result = await shell("sleep 300 & echo $! > \"$1\"; wait", path, timeout: .seconds(2))
        guard case .later(let failure, nil) = result else {
            Issue.record("a timeout is no success")
            return
        }
        #expect(failure.reason == "timeout" && ContinuousClock.now - begin < .seconds(60))
        let child = try #require(written(path))
        // Gone, or a zombie that init has not fetched yet.
        try await eventually("the child is gone") {
            guard kill(child, 0) == 0 else { return true }
            let status = FileManager.default.contents(atPath: "/proc/\(child)/stat") ?? Data()
            return String(decoding: status, as: UTF8.self).contains(") Z ")
        }
    }
}
