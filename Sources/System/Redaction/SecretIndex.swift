/// Finds secrets in text, in all forms that text may quote them in.
///
/// Of each form only the beginning is kept, so that many long tokens take little memory; from there a quotation is
/// followed as far as it agrees, which also finds one that was cut off.
struct SecretIndex {
    private struct Entry {
        /// At least `keyBytes` long.
        let head: [UInt8]
        let form: SecretForm
        let secret: String
    }

    /// Text is looked up by so many bytes, and a secret that is shorter is none.
    static let keyBytes = 4
    /// A quotation that begins with so many bytes of a form is one, whatever follows.
    private static let headBytes = 16

    private var entries: [UInt32: [Entry]] = [:]

    mutating func insert(_ secret: String) {
        for entry in Self.entries(of: secret) {
            entries[Self.key(entry.head, at: 0), default: []].append(entry)
        }
    }

    mutating func remove(_ secret: String) {
        for key in Set(Self.entries(of: secret).map({ Self.key($0.head, at: 0) })) {
            entries[key]?.removeAll { $0.secret == secret }
            if entries[key]?.isEmpty == true { entries[key] = nil }
        }
    }

    /// How many bytes from there on quote a secret; 0 for none.
    func quotation(in text: [UInt8], at start: Int) -> Int {
        guard start + Self.keyBytes <= text.count, let candidates = entries[Self.key(text, at: start)] else {
            return 0
        }
        return candidates.reduce(0) { longest, entry in
            guard text[start...].starts(with: entry.head) else { return longest }
            let whole = entry.form.bytes(of: entry.secret).text
            return max(longest, zip(whole, text[start...]).prefix { $0 == $1 }.count)
        }
    }

    private static func entries(of secret: String) -> [Entry] {
        var seen: Set<[UInt8]> = []
        return SecretForm.allCases.compactMap { form in
            let (text, certain) = form.bytes(of: secret)
            let head = Array(text.prefix(min(headBytes, certain)))
            // Many forms of a plain word are the word itself.
            guard head.count >= keyBytes, seen.insert(text).inserted else { return nil }
            return Entry(head: head, form: form, secret: secret)
        }
    }

    private static func key(_ bytes: [UInt8], at start: Int) -> UInt32 {
        bytes[start..<start + keyBytes].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
