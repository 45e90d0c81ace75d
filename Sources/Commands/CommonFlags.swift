import AWSClient
import Configuration
import System

extension Invocation {
    /// The log that the flags ask for. Throws `UsageError` for a level or format that does not exist.
    func log() throws -> Log {
        let level = try choice(.logLevel, LogLevel.allCases.map(\.flag)) { LogLevel(flag: $0) }
        let format = try choice(.logFormat, LogFormat.allCases.map(\.rawValue)) { LogFormat(rawValue: $0) }
        return Log(level: level ?? .info, format: format ?? .logfmt)
    }

    private func choice<Value>(_ flag: Flag, _ allowed: [String], _ parse: (String) -> Value?) throws
        -> Value?
    {
        guard let text = self[flag] else { return nil }
        guard let value = parse(text) else {
            throw UsageError(
                description:
                    "--\(flag.name): \"\(text)\" is not known; allowed: \(allowed.joined(separator: ", "))")
        }
        return value
    }

    private var overrides: FlagOverrides {
        FlagOverrides(
            listenAddress: self[.listenAddress], telemetryPath: self[.telemetryPath],
            storagePath: self[.storagePath], maxRequests: self[.maxRequests])
    }

    /// Throws `UsageError` for a flag whose value is not allowed, whatever the configuration file says.
    func checkOverrides() throws(UsageError) {
        do {
            _ = try Configuration.defaults.applying(overrides)
        } catch {
            throw UsageError(description: String(describing: error))
        }
    }

    /// Reads the configuration file, if one is named, and puts the flags over it; called again at each reload.
    var configurationLoader: @Sendable () throws -> Configuration {
        let file = self[.configFile]
        let flags = overrides
        return {
            let configuration = try file.map { try Configuration.loadFile(path: $0) } ?? .defaults
            Redactor.process.hold(AWSEnvironment.ofThisProcess().proxySecrets)
            Redactor.process.configure(configuration.secrets)
            return try configuration.applying(flags)
        }
    }
}
