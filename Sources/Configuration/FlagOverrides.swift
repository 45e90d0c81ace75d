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

extension Configuration {
    /// The configuration with the flags' values in place of the file's. Throws problems named after the flags.
    package func applying(_ flags: FlagOverrides) throws(ConfigurationError) -> Configuration {
        var result = self
        var problems: [ConfigurationProblem] = []
        func apply<Value>(
            _ flag: String, _ text: String?, _ path: WritableKeyPath<Configuration, Value>,
            _ form: Form<Value>
        ) {
            guard let text else { return }
            do throws(InvalidValue) {
                result[keyPath: path] = try form.parse(ConfiguredScalar(text))
            } catch {
                problems.append(
                    ConfigurationProblem(source: flag, position: nil, path: nil, message: error.reason))
            }
        }
        apply("--web.listen-address", flags.listenAddress, \.web.listenAddress, .listenAddress)
        apply("--web.max-requests", flags.maxRequests, \.web.maxRequests, .maxRequests)
        apply("--web.telemetry-path", flags.telemetryPath, \.web.telemetryPath, .telemetryPath)
        apply("--storage.path", flags.storagePath, \.storage.path, .filePath)
        apply(FlagOverrides.shardVariable, flags.shard, \.shard, .shard)
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return result
    }
}
