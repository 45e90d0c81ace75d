// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "bedrock-quota-exporter",
    targets: [
        .executableTarget(name: "bedrock-quota-exporter", dependencies: ["Commands"]),

        // Edge.
        .target(
            name: "Commands",
            dependencies: [
                "Daemon", "Configuration", "Web", "Notifications", "RemoteWrite", "History", "Polling",
                "Reading",
                "UsageStore", "SQLite", "AWSClient", "HTTPClient", "HTTPServer", "Exposition", "Alerting",
                "QuotaModel", "System", "AWSSimulator", "CMalloc",
            ]),
        .target(name: "AWSSimulator", dependencies: ["HTTPServer", "System"]),
        .target(
            name: "Daemon",
            dependencies: [
                "Configuration", "Web", "Notifications", "RemoteWrite", "History", "Polling", "Reading",
                "UsageStore",
                "SQLite", "AWSClient", "HTTPClient", "HTTPServer", "Exposition", "Alerting", "QuotaModel",
                "System",
            ]),
        .target(
            name: "Configuration",
            dependencies: [
                "Web", "Notifications", "RemoteWrite", "Reading", "UsageStore", "AWSClient", "Alerting",
                "HTTPServer",
                "QuotaModel", "System",
            ]),

        // Out.
        .target(
            name: "Web",
            dependencies: [
                "History", "Polling", "Reading", "UsageStore", "Alerting", "Exposition", "HTTPServer",
                "QuotaModel",
                "System",
            ],
            resources: [.embedInCode("Assets")]),
        .target(
            name: "Notifications",
            dependencies: [
                "Alerting", "UsageStore", "SQLite", "AWSClient", "HTTPClient", "QuotaModel", "System",
            ]),
        .target(
            name: "RemoteWrite",
            dependencies: [
                "UsageStore", "SQLite", "AWSClient", "HTTPClient", "Exposition", "QuotaModel", "System",
            ]),
        .target(
            name: "History",
            dependencies: ["UsageStore", "SQLite", "Alerting", "Exposition", "QuotaModel", "System"]),

        // The line.
        .target(
            name: "Polling",
            dependencies: [
                "Reading", "UsageStore", "SQLite", "AWSClient", "HTTPClient", "Alerting", "QuotaModel",
                "System",
            ]),
        .target(
            name: "Reading",
            dependencies: [
                "UsageStore", "SQLite", "AWSClient", "HTTPClient", "QuotaModel", "System",
            ]),

        // Store and clients.
        .target(name: "UsageStore", dependencies: ["SQLite", "Alerting", "QuotaModel", "System", "CSQLite"]),
        .target(name: "AWSClient", dependencies: ["HTTPClient", "QuotaModel", "System"]),

        // Pure.
        .target(name: "Exposition", dependencies: ["QuotaModel"]),
        .target(name: "Alerting", dependencies: ["QuotaModel"]),
        .target(name: "QuotaModel"),

        // Ground.
        .target(name: "SQLite", dependencies: ["System", "CSQLite"]),
        .target(name: "HTTPServer", dependencies: ["System", "CCrypt"]),
        .target(name: "HTTPClient", dependencies: ["System", "CCurl"]),
        .target(name: "System", dependencies: ["CMemoryFile"]),

        .executableTarget(
            name: "history-bench", dependencies: ["UsageStore", "QuotaModel"],
            path: "Tests/Benchmarks/history-bench"),
        .executableTarget(
            name: "alert-bench",
            dependencies: ["Notifications", "Alerting", "UsageStore", "QuotaModel", "System"],
            path: "Tests/Benchmarks/alert-bench"),
        .executableTarget(
            name: "forecast-bench", dependencies: ["QuotaModel"], path: "Tests/Benchmarks/forecast-bench"),
        .executableTarget(
            name: "causes", dependencies: ["QuotaModel", "ThrottleSimulation"],
            path: "Tests/Benchmarks/causes"),
        .target(
            name: "ThrottleSimulation", dependencies: ["QuotaModel"],
            path: "Tests/Support/ThrottleSimulation"),
        .executableTarget(
            name: "yaml-tree", dependencies: ["Configuration"], path: "Tests/Support/yaml-tree"),
        .target(name: "RemoteWriteDecoder", path: "Tests/Support/RemoteWriteDecoder"),
        .target(name: "TestBench", path: "Tests/Support/TestBench"),
        .target(
            name: "SimulatedFaults", dependencies: ["AWSSimulator", "HTTPServer"],
            path: "Tests/Support/SimulatedFaults"),

        .target(
            name: "FuzzTargets",
            dependencies: [
                "HTTPServer", "Configuration", "Exposition", "AWSClient", "HTTPClient", "System",
                "RemoteWriteDecoder",
            ],
            path: "Tests/Fuzz/FuzzTargets"),
        .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/fuzz"),

        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CMemoryFile"),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),

        .testTarget(
            name: "QuotaModelTests", dependencies: ["QuotaModel", "System", "ThrottleSimulation"],
            exclude: ["Golden"]),
        .testTarget(name: "AWSClientTests", dependencies: ["AWSClient", "HTTPClient", "System"]),
        .testTarget(
            name: "UsageStoreTests",
            dependencies: ["UsageStore", "SQLite", "Alerting", "QuotaModel", "TestBench"]),
        .testTarget(name: "AlertingTests", dependencies: ["Alerting"]),
        .testTarget(
            name: "NotificationsTests", dependencies: ["Notifications", "System", "TestBench"],
            exclude: ["Golden"]),
        .testTarget(name: "ExpositionTests", dependencies: ["Exposition", "RemoteWriteDecoder"]),
        .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer"]),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: [
                "Configuration", "Web", "Notifications", "RemoteWrite", "Reading", "UsageStore", "AWSClient",
                "Alerting",
                "HTTPServer", "QuotaModel", "System",
            ]),
        .testTarget(name: "AWSSimulatorTests", dependencies: ["AWSSimulator", "SimulatedFaults"]),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Daemon", "Commands", "AWSSimulator", "SimulatedFaults", "RemoteWriteDecoder", "TestBench",
            ]),
        // Apart from the others of Polling: a replayed day would take their processors from them.
        .testTarget(
            name: "AttentionTests", dependencies: ["Polling", "AWSSimulator", "SimulatedFaults", "TestBench"]),
        .testTarget(name: "WebPagesTests", dependencies: ["Web"]),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"]),
        .testTarget(
            name: "CommandsTests",
            dependencies: ["Commands", "AWSSimulator", "SimulatedFaults", "TestBench"],
            exclude: ["Golden"]),
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["Commands", "Configuration", "Web", "Exposition", "AWSSimulator", "TestBench"]),
    ],
    swiftLanguageModes: [.v6]
)

// The first page of each room, beside its files.
for target in package.targets where target.type == .regular && target.path == nil {
    target.exclude.append("README.md")
}
