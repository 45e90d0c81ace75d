/// One element of a small XML document, as STS and SNS answer them.
///
/// Namespaces, attributes, comments and processing instructions are skipped. A document type declaration is
/// refused, so there are no entities but the five of XML 1.0 section 4.6 and character references.
struct XMLElement: Equatable, Sendable {
    /// Without namespace prefix.
    let name: String
    fileprivate(set) var text = ""
    fileprivate(set) var children: [XMLElement] = []

    fileprivate init(name: String) {
        self.name = name
    }

    /// Parses a whole document; throws for anything not well-formed, too deep, too long or of too many
    /// elements.
    init(document: [UInt8]) throws(XMLFault) {
        var parser = XMLParser(bytes: document)
        self = try parser.document()
    }

    /// The first child of that name.
    subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }
}

/// Why a text is not an XML document that we read.
struct XMLFault: Error, Equatable {
    let reason: String
    /// In bytes from the start.
    let offset: Int
}

private struct XMLParser {
    let bytes: [UInt8]
    var offset = 0
    var open: [XMLElement] = []
    var root: XMLElement?
    var elements = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(XMLFault) -> XMLElement {
        guard bytes.count <= AWSDefaults.maximumXMLBytes else { throw fault("document too long") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw fault("not UTF-8") }
        skip("\u{FEFF}")
        while offset < bytes.count {
            try bytes[offset] == UInt8(ascii: "<") ? markup() : characters()
        }
        guard open.isEmpty, let root else { throw fault("the document ends early") }
        return root
    }

    private mutating func markup() throws(XMLFault) {
        if skip("<!--") {
            _ = try take(until: "-->")
        } else if skip("<![CDATA[") {
            let text = try take(until: "]]>")
            try append(String(decoding: text, as: UTF8.self))
        } else if skip("<?") {
            _ = try take(until: "?>")
        } else if skip("</") {
            try close()
        } else if bytes[offset...].starts(with: "<!".utf8) {
            throw fault("document type declarations are refused")
        } else {
            offset += 1
            try openElement()
        }
    }

    /// A start tag or an empty-element tag (XML 1.0 section 3.1).
    private mutating func openElement() throws(XMLFault) {
        let name = try name()
        guard !name.isEmpty else { throw fault("a tag has no name") }
        elements += 1
        guard elements <= AWSDefaults.maximumXMLElements else { throw fault("too many elements") }
        guard open.count < AWSDefaults.maximumXMLDepth else { throw fault("elements nested too deep") }
        guard root == nil else { throw fault("a second root element") }
        open.append(XMLElement(name: name))
        if try skipAttributes() { try closeInnermost() }
    }

    /// True when the tag closes itself.
    private mutating func skipAttributes() throws(XMLFault) -> Bool {
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: ">"): return false
            case UInt8(ascii: "/"):
                guard skip(">") else { throw fault("a stray slash in a tag") }
                return true
            case UInt8(ascii: "\""): _ = try take(until: "\"")
            case UInt8(ascii: "'"): _ = try take(until: "'")
            case UInt8(ascii: "<"): throw fault("a tag within a tag")
            default: continue
            }
        }
        throw fault("a tag does not end")
    }

    private mutating func close() throws(XMLFault) {
        let name = try name()
        while offset < bytes.count, isSpace(bytes[offset]) { offset += 1 }
        guard skip(">") else { throw fault("an end tag does not end") }
        guard open.last?.name == name else { throw fault("an end tag does not fit") }
        try closeInnermost()
    }

    private mutating func closeInnermost() throws(XMLFault) {
        guard let element = open.popLast() else { throw fault("an end tag without a start") }
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
    }

    /// Up to space, slash or bracket, without the namespace prefix.
    private mutating func name() throws(XMLFault) -> String {
        let start = offset
        while offset < bytes.count, !isSpace(bytes[offset]), !"/><=\"'&".utf8.contains(bytes[offset]) {
            offset += 1
        }
        let full = bytes[start..<offset]
        let local = full.lastIndex(of: UInt8(ascii: ":")).map { full[($0 + 1)...] } ?? full
        return String(decoding: local, as: UTF8.self)
    }

    private mutating func characters() throws(XMLFault) {
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "<") { offset += 1 }
        let raw = bytes[start..<offset]
        guard !open.isEmpty else {
            guard raw.allSatisfy(isSpace) else { throw fault("text outside the root element") }
            return
        }
        try append(raw.contains(UInt8(ascii: "&")) ? decoded(raw) : String(decoding: raw, as: UTF8.self))
    }

    private mutating func append(_ text: String) throws(XMLFault) {
        guard !open.isEmpty else { throw fault("text outside the root element") }
        open[open.count - 1].text += text
    }

    /// Character and entity references (XML 1.0 section 4.1).
    private func decoded(_ raw: ArraySlice<UInt8>) throws(XMLFault) -> String {
        var text = ""
        var rest = raw
        while let ampersand = rest.firstIndex(of: UInt8(ascii: "&")) {
            text += String(decoding: rest[..<ampersand], as: UTF8.self)
            guard let end = rest[ampersand...].prefix(12).firstIndex(of: UInt8(ascii: ";")),
                let scalar = Self.scalar(of: String(decoding: rest[(ampersand + 1)..<end], as: UTF8.self))
            else { throw fault("an unknown reference") }
            text.unicodeScalars.append(scalar)
            rest = rest[(end + 1)...]
        }
        return text + String(decoding: rest, as: UTF8.self)
    }

    private static func scalar(of reference: String) -> Unicode.Scalar? {
        switch reference {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        let isHexadecimal = reference.hasPrefix("#x")
        guard isHexadecimal || reference.hasPrefix("#"),
            let value = UInt32(reference.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10),
            value != 0
        else { return nil }
        return Unicode.Scalar(value)
    }

    /// Passes over `text` if it is next.
    @discardableResult
    private mutating func skip(_ text: String) -> Bool {
        guard bytes[offset...].starts(with: text.utf8) else { return false }
        offset += text.utf8.count
        return true
    }

    private mutating func take(until end: String) throws(XMLFault) -> ArraySlice<UInt8> {
        let start = offset
        let mark = Array(end.utf8)
        while offset + mark.count <= bytes.count {
            if bytes[offset] == mark[0], bytes[offset...].starts(with: mark) {
                defer { offset += mark.count }
                return bytes[start..<offset]
            }
            offset += 1
        }
        throw fault("the document ends within a tag, comment or section")
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }

    private func fault(_ reason: String) -> XMLFault { XMLFault(reason: reason, offset: offset) }
}
