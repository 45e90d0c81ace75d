/// The bounds on configurations that are not those of a single key.
package enum ConfigurationLimits {
    /// The largest file read, in bytes.
    package static let fileBytes = 1 << 20
    static let shownProblems = 20
    /// Problems kept for sorting by line; further ones are only counted.
    static let collectedProblems = 500

    static let yamlDepth = 32
    static let yamlNodes = 20_000
    /// YAML 1.2, 7.4.2 allows 1,024.
    static let yamlKeyCharacters = 1000

    static let pathCharacters = 4096
    static let nameCharacters = 64
    static let profileCharacters = 128
    static let arnCharacters = 2048
    static let modelCharacters = 256
}
