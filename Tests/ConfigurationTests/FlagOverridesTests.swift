import HTTPServer
import Testing

@testable import Configuration

@Suite("Flags over the file")
struct FlagOverridesTests {
    @Test("A flag stands above the file, and a missing flag leaves the file's value")
    func override() throws {
        let file = try Configuration.load(
            text:
                "web: { listen_address: \":1\", telemetry_path: /m, max_requests: 3 }\nstorage: { path: a.db }",
            file: "f")
        #expect(try file.applying(FlagOverrides()) == file)
        let flags = FlagOverrides(
            listenAddress: "[::1]:2", telemetryPath: "/n", storagePath: "/b.db", maxRequests: "4")
        let result = try file.applying(flags)
        #expect(result.web.listenAddress == ListenAddress(host: .ipv6("::1"), port: 2))
        #expect(result.web.telemetryPath == "/n" && result.web.maxRequests == 4)
        #expect(result.storage.path == "/b.db")
        let one = try file.applying(FlagOverrides(storagePath: "c.db"))
        #expect(one.storage.path == "c.db" && one.web == file.web)
    }

    @Test("What is given is told by the key that it stands above")
    func given() {
        let flags = FlagOverrides(listenAddress: ":1", maxRequests: "4", shard: "1/2")
        #expect(
            flags.given == [
                "web.listen_address": "--web.listen-address", "web.max_requests": "--web.max-requests",
                "shard": "BQE_SHARD",
            ])
        #expect(Set(FlagOverrides.Source.all.map(\.key)).isSubset(of: ConfigurationKeys.all.map(\.path)))
        #expect(Set(FlagOverrides.Source.all.map(\.text)).count == Mirror(reflecting: flags).children.count)
    }

    @Test("Problems are named after their flags")
    func problems() {
        let flags = FlagOverrides(
            listenAddress: "x", telemetryPath: "/config", storagePath: "", maxRequests: "many")
        let error = #expect(throws: ConfigurationError.self) { try Configuration.defaults.applying(flags) }
        #expect(
            error?.description == """
                --web.listen-address: "x" has no port; allowed: host:port, such as 127.0.0.1:9747, [::1]:9747, or :9747 for all interfaces
                --web.max-requests: "many" is not a number in digits; allowed: a whole number from 1 to 1000
                --web.telemetry-path: "/config" is taken by the server's own /config; allowed: another path, such as /metrics
                --storage.path: "" is not allowed; allowed: 1 to 4096 printable characters
                """)
    }
}
