import System

/// Values of command-line flags and of the environment that stand above the file; nil where none was given.
package struct FlagOverrides: Equatable, Sendable {
    /// The environment variable with the shard, which differs between the pods of one configuration.
    package static let shardVariable = "BQE_SHARD"

    /// `--web.listen-address`.
    package var listenAddress: String?
    /// `--web.telemetry-path`.
    package var telemetryPath: String?
    /// `--storage.path`.
    package var storagePath: String?
    /// `--web.max-requests`.
    package var maxRequests: String?
    /// The environment's `BQE_SHARD`.
    package var shard: String?

    package init(
        listenAddress: String? = nil, telemetryPath: String? = nil, storagePath: String? = nil,
        maxRequests: String? = nil, shard: String? = nil
    ) {
        self.listenAddress = listenAddress
        self.telemetryPath = telemetryPath
        self.storagePath = storagePath
        self.maxRequests = maxRequests
        self.shard = shard
    }
}

extension FlagOverrides {
    /// A flag or a variable, and the key that it stands above.
    struct Source: Sendable {
        /// As it is typed.
        let name: String
        let key: String
        let text: KeyPath<FlagOverrides, String?> & Sendable

        static let listenAddress = Source(
            name: "--web.listen-address", key: "web.listen_address", text: \.listenAddress)
        static let maxRequests = Source(
            name: "--web.max-requests", key: "web.max_requests", text: \.maxRequests)
        static let telemetryPath = Source(
            name: "--web.telemetry-path", key: "web.telemetry_path", text: \.telemetryPath)
        static let storagePath = Source(name: "--storage.path", key: "storage.path", text: \.storagePath)
        static let shard = Source(name: shardVariable, key: "shard", text: \.shard)

        static let all = [listenAddress, maxRequests, telemetryPath, storagePath, shard]
    }

    /// The names of those that are given, by the keys that they stand above.
    var given: [String: String] {
        Dictionary(
            uniqueKeysWithValues: Source.all.filter { self[keyPath: $0.text] != nil }.map {
                ($0.key, $0.name)
            })
    }
}

extension Configuration {
    /// The configuration with the flags' values in place of the file's. Throws problems named after the flags.
    package func applying(_ flags: FlagOverrides) throws(ConfigurationError) -> Configuration {
        var result = self
        var problems: [ConfigurationProblem] = []
        func apply<Value>(
            _ source: FlagOverrides.Source, _ path: WritableKeyPath<Configuration, Value>, _ form: Form<Value>
        ) {
            guard let text = flags[keyPath: source.text] else { return }
            do throws(InvalidValue) {
                result[keyPath: path] = try form.parse(ConfiguredScalar(text))
            } catch {
                problems.append(
                    ConfigurationProblem(
                        source: source.name, position: nil, path: nil, message: error.reason))
            }
        }
        apply(.listenAddress, \.web.listenAddress, .listenAddress)
        apply(.maxRequests, \.web.maxRequests, .maxRequests)
        apply(.telemetryPath, \.web.telemetryPath, .telemetryPath)
        apply(.storagePath, \.storage.path, .filePath)
        apply(.shard, \.shard, .shard)
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return result
    }
}
