// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "bedrock-quota-exporter",
    targets: [
        .executableTarget(name: "bedrock-quota-exporter", dependencies: ["Commands"]),
        .target(name: "Commands", dependencies: ["Daemon", "Alerting", "AWSSimulator", "CMalloc"]),
        .target(
            name: "Daemon",
            dependencies: [
                "AWSClient", "UsageStore", "Alerting", "Exposition", "HTTPServer", "Configuration",
                "QuotaModel", "WebPages",
            ]),
        .target(name: "AWSClient", dependencies: ["QuotaModel", "CCurl", "CMemoryFile"]),
        .target(name: "UsageStore", dependencies: ["QuotaModel", "CSQLite"]),
        .target(name: "Alerting", dependencies: ["QuotaModel"]),
        .target(name: "Exposition", dependencies: ["QuotaModel"]),
        .target(name: "Configuration", dependencies: ["QuotaModel"]),
        .target(name: "AWSSimulator", dependencies: ["HTTPServer"]),
        .target(name: "HTTPServer", dependencies: ["CCrypt"]),
        .target(name: "WebPages", resources: [.embedInCode("Assets")]),
        .target(name: "QuotaModel"),

        .executableTarget(
            name: "history-bench", dependencies: ["UsageStore"], path: "Tests/Benchmarks/history-bench"),
        .executableTarget(
            name: "alert-bench", dependencies: ["Daemon", "Alerting"], path: "Tests/Benchmarks/alert-bench"),
        .executableTarget(
            name: "yaml-tree", dependencies: ["Configuration"], path: "Tests/Support/yaml-tree"),
        .target(name: "RemoteWriteDecoder", path: "Tests/Support/RemoteWriteDecoder"),
        .target(name: "TestBench", path: "Tests/Support/TestBench"),

        .target(
            name: "FuzzTargets",
            dependencies: [
                "HTTPServer", "Configuration", "Exposition", "AWSClient", "RemoteWriteDecoder", "UsageStore",
            ],
            path: "Tests/Fuzz/FuzzTargets"),
        .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/fuzz"),

        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CMemoryFile"),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),

        .testTarget(name: "QuotaModelTests", dependencies: ["QuotaModel"], exclude: ["Golden"]),
        .testTarget(name: "AWSClientTests", dependencies: ["AWSClient"]),
        .testTarget(name: "UsageStoreTests", dependencies: ["UsageStore", "TestBench"]),
        .testTarget(name: "AlertingTests", dependencies: ["Alerting"], exclude: ["Golden"]),
        .testTarget(name: "ExpositionTests", dependencies: ["Exposition", "RemoteWriteDecoder"]),
        .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer"]),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration"]),
        .testTarget(name: "AWSSimulatorTests", dependencies: ["AWSSimulator", "AWSClient"]),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Daemon", "Alerting", "Configuration", "AWSSimulator", "RemoteWriteDecoder", "TestBench",
            ]),
        // Apart from the others of Daemon: a replayed day would take their processors from them.
        .testTarget(
            name: "AttentionTests",
            dependencies: ["Daemon", "Alerting", "Configuration", "AWSSimulator", "TestBench"]),
        .testTarget(name: "WebPagesTests", dependencies: ["WebPages"]),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"]),
        .testTarget(name: "CommandsTests", dependencies: ["Commands", "AWSSimulator"], exclude: ["Golden"]),
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["Commands", "Configuration", "Daemon", "Exposition", "AWSSimulator", "TestBench"]),
    ],
    swiftLanguageModes: [.v6]
)
