import Glibc
import TestBench
import Testing

@testable import System

@Suite("Notification socket", .timeLimit(.minutes(5)))
struct NotifySocketTests {
    @Test("a datagram reaches an abstract socket as it is")
    func abstract() throws {
        let listener = try NotifyListener.abstract("socket")
        try NotifySocket(listener.name).send("READY=1\nSTATUS=é")
        #expect(listener.next() == ["READY=1", "STATUS=é"])
    }

    @Test("and one at a path, up to the longest that unix(7) allows", arguments: [0, 107])
    func path(length: Int) throws {
        let folder = try TestFolder()
        let base = String(folder.database.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 })
        var name = base + "/notify"
        if length > 0 { name += String(repeating: "n", count: length - name.utf8.count) }
        let listener = try NotifyListener(name)
        defer { unlink(name) }
        try NotifySocket(name).send("READY=1")
        #expect(listener.next() == ["READY=1"])
    }

    @Test(
        "what is no socket's name is refused",
        arguments: ["", "@", "/", "notify", "vsock:2:1", "/" + String(repeating: "n", count: 107)])
    func refused(name: String) {
        #expect(throws: NotifySocket.Failure.self) { try NotifySocket(name) }
    }

    @Test("nobody there is an error that names the socket and the call")
    func nobody() throws {
        let failure = #expect(throws: NotifySocket.Failure.self) {
            try NotifySocket("@bedrock-quota-exporter-test-nobody").send("READY=1")
        }
        #expect(
            failure?.description
                == "telling the service manager at @bedrock-quota-exporter-test-nobody: sendto: Connection refused"
        )
    }

    @Test("a service manager that does not read never holds up the sender")
    func full() throws {
        let listener = try NotifyListener.abstract("full")
        let socket = try NotifySocket(listener.name)
        let failure = #expect(throws: NotifySocket.Failure.self) {
            for _ in 0..<100_000 { try socket.send("STATUS=full") }
        }
        #expect(failure?.description.contains("Resource temporarily unavailable") == true)
    }
}
