@testable import AWSClient

/// The shared AWS files and the XML of STS.
enum DocumentFuzz {
    static func runINI(_ bytes: [UInt8]) throws(FuzzFinding) {
        let file: INIFile
        do {
            file = try INIFile(bytes, path: "fuzz")
        } catch {
            try require(!error.description.isEmpty, "an error without words")
            return
        }
        for section in file.sections {
            for (key, value) in section.values {
                try require(key == key.lowercased(), "a key in upper case")
                try require(section.lines[key] != nil, "a key without its line")
                try require(!value.contains("\r"), "a line end within a value")
            }
        }
    }

    static func runXML(_ bytes: [UInt8]) throws(FuzzFinding) {
        let root: XMLElement
        do {
            root = try XMLElement(document: bytes)
        } catch {
            try require((0...bytes.count).contains(error.offset), "a fault at byte \(error.offset)")
            return
        }
        let (elements, depth) = size(root)
        try require(elements <= AWSDefaults.maximumXMLElements, "\(elements) elements")
        try require(depth <= AWSDefaults.maximumXMLDepth, "\(depth) elements within each other")
    }

    private static func size(_ element: XMLElement) -> (elements: Int, depth: Int) {
        let inner = element.children.map(size)
        return (1 + inner.reduce(0) { $0 + $1.elements }, 1 + (inner.map(\.depth).max() ?? 0))
    }
}
