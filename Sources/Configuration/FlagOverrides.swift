/// Values of command-line flags that stand above the file; nil where a flag was not given.
package struct FlagOverrides: Equatable, Sendable {
    /// `--web.listen-address`.
    package var listenAddress: String?
    /// `--web.telemetry-path`.
    package var telemetryPath: String?
    /// `--storage.path`.
    package var storagePath: String?
    /// `--web.max-requests`.
    package var maxRequests: String?

    package init(
        listenAddress: String? = nil, telemetryPath: String? = nil, storagePath: String? = nil,
        maxRequests: String? = nil
    ) {
        self.listenAddress = listenAddress
        self.telemetryPath = telemetryPath
        self.storagePath = storagePath
        self.maxRequests = maxRequests
    }
}

extension Configuration {
    /// The configuration with the flags' values in place of the file's. Throws problems named after the flags.
    package func applying(_ flags: FlagOverrides) throws(ConfigurationError) -> Configuration {
        var result = self
        var problems: [ConfigurationProblem] = []
        func apply<T>(
            _ flag: String, _ text: String?, _ parse: (ConfiguredScalar) throws(InvalidValue) -> T
        ) -> T? {
            guard let text else { return nil }
            do throws(InvalidValue) {
                return try parse(ConfiguredScalar(text))
            } catch {
                problems.append(
                    ConfigurationProblem(source: flag, position: nil, path: nil, message: error.reason))
                return nil
            }
        }
        let address = apply("--web.listen-address", flags.listenAddress) { scalar throws(InvalidValue) in
            try WebAddress(scalar)
        }
        let requests = apply("--web.max-requests", flags.maxRequests) { scalar throws(InvalidValue) in
            try scalar.integer(in: ConfigurationLimits.maxRequests)
        }
        let telemetryPath = apply(
            "--web.telemetry-path", flags.telemetryPath, WebConfiguration.telemetryPath)
        let storagePath = apply("--storage.path", flags.storagePath, StorageConfiguration.path)
        result.web.listenAddress = address ?? web.listenAddress
        result.web.telemetryPath = telemetryPath ?? web.telemetryPath
        result.web.maxRequests = requests ?? web.maxRequests
        result.storage.path = storagePath ?? storage.path
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return result
    }
}
