import Configuration

/// The configuration: what can be read can be shown, and what is shown reads the same.
enum YAMLFuzz {
    static func run(_ bytes: [UInt8]) throws(FuzzFinding) {
        let configuration: Configuration
        do {
            configuration = try Configuration.load(bytes: bytes, file: "fuzz.yml")
        } catch {
            try require(!error.description.isEmpty, "an error without words")
            return
        }
        let page = configuration.page
        do {
            _ = try YAMLParser.parse(bytes: Array(page.utf8), file: "page")
        } catch {
            throw FuzzFinding("the page of the configuration cannot be read: \(error.description)\n\(page)")
        }
    }
}
