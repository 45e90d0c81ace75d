/// Which program this is.
package enum BuildInfo {
    package static let name = "bedrock-quota-exporter"
    package static let version = "0.1.0"

    #if arch(x86_64)
        package static let architecture = "amd64"
    #elseif arch(arm64)
        package static let architecture = "arm64"
    #else
        package static let architecture = "unknown"
    #endif

    #if compiler(>=6.3)
        package static let compiler = "6.3"
    #elseif compiler(>=6.2)
        package static let compiler = "6.2"
    #else
        package static let compiler = "6"
    #endif

    /// The text of `--version`, in the form of Prometheus's own programs.
    package static var text: String {
        """
        \(name), version \(version)
          swift version:    \(compiler)
          platform:         linux/\(architecture)

        """
    }
}
