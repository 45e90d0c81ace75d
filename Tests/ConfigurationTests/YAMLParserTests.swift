import Testing

@testable import Configuration

/// A tree in one line: text in quotes, `_` for nothing.
private func compact(_ node: YAMLNode) -> String {
    switch node.value {
    case .empty: "_"
    case .scalar(let text, .plain): text
    case .scalar(let text, .quoted): "'\(text)'"
    case .list(let items): "[" + items.map(compact).joined(separator: ",") + "]"
    case .map(let entries):
        "{" + entries.map { "\($0.key):\(compact($0.node))" }.joined(separator: ",") + "}"
    }
}

private func read(_ text: String) -> String {
    do throws(ConfigurationError) {
        return compact(try YAMLParser.parse(bytes: Array(text.utf8), file: "f.yml"))
    } catch {
        return error.description
    }
}

@Suite("YAML reader")
struct YAMLParserTests {
    @Test(
        "Documents of the subset are read",
        arguments: [
            ("", "_"),
            ("# only a comment", "_"),
            ("---\n...\n", "_"),
            ("a", "a"),
            ("a: b", "{a:b}"),
            ("a:", "{a:_}"),
            ("a:   # c\nb: c # d", "{a:_,b:c}"),
            ("a:\n  b: c\n  d:\n    e: f\ng: h\n", "{a:{b:c,d:{e:f}},g:h}"),
            ("a:\n- b\n- c\nd: e\n", "{a:[b,c],d:e}"),
            ("a:\n  - b\n\n  # c\n  -\n  - - d\n    - e\n", "{a:[b,_,[d,e]]}"),
            ("- a: b\n  c: d\n-   e: f\n    g:\n    - h\n", "[{a:b,c:d},{e:f,g:[h]}]"),
            ("a: [b, [c], {d: e, f: }, 'g']", "{a:[b,[c],{d:e,f:_},'g']}"),
            ("a: [\nb, # c\n\n  c,]\nd: {\"e\":f,\n 'g' : h}", "{a:[b,c],d:{e:f,g:h}}"),
            ("[]", "[]"), ("{}", "{}"), ("{a:[b],c:{d: e}}", "{a:[b],c:{d:e}}"),
            ("a: b c  d  ", "{a:b c  d}"),
            ("a: http://h:1/p#q", "{a:http://h:1/p#q}"),
            ("a: -b\n-c: d\ne:f: g", "{a:-b,-c:d,e:f:g}"),
            ("a: 'it''s # no: comment'", "{a:'it's # no: comment'}"),
            ("a: \"\\x41\\u00e9\\U0001F600\\n\\t\\\\\\\"\\/\\0\"", "{a:'Aé😀\n\t\\\"/\0'}"),
            ("\"a\" : b\n'': c", "{a:b,:c}"),
            ("\u{FEFF}a: b\r\nc: d\r\n", "{a:b,c:d}"),
            ("--- # c\na: b\n... # d\n# e", "{a:b}"),
            ("a: $HOME ~", "{a:$HOME ~}"),
            ("\"<<\": a", "{<<:a}"),
            ("a:\n  b", "{a:b}"), ("-\n  'a'", "['a']"),
            ("a: 'a\tb'", "{a:'a\tb'}"),
        ])
    func reads(text: String, tree: String) {
        #expect(read(text) == tree)
    }

    @Test(
        "Everything else is refused with its place",
        arguments: [
            ("a: &x b", "1:4: anchors (&name) are not supported; put the value in quotes if it is text"),
            ("a: *x", "1:4: aliases (*name) are not supported; put the value in quotes if it is text"),
            ("- !!str a", "1:3: tags (!name) are not supported; put the value in quotes if it is text"),
            ("a: |\n  b", "1:4: block scalars (| and >) are not supported; write one line in quotes"),
            ("a: >\n  b", "1:4: block scalars (| and >) are not supported; write one line in quotes"),
            ("<<: a", "1:1: merge keys (<<) are not supported; write the keys out"),
            (
                "? a",
                "1:1: complex keys (?) are not supported; write 'key: value', or put the value in quotes"
            ),
            (
                "%YAML 1.2\n---\n",
                "1:1: directives (%) are not supported; put the value in quotes if it is text"
            ),
            ("a: @b", "1:4: a value cannot begin with '@' or '`'; put the value in quotes"),
            ("a:\n\tb: c", "2:1: a tab cannot indent or separate values; use spaces"),
            ("a: a\tb", "1:5: a tab cannot indent or separate values; use spaces"),
            ("a: b\t", "1:5: a tab cannot indent or separate values; use spaces"),
            (
                "a: b\n  c",
                "2:3: this line's indentation fits nothing above it; write a value that spans lines as one line in quotes"
            ),
            (
                "a:\n  b: c\n d: e",
                "3:2: this line's indentation fits nothing above it; write a value that spans lines as one line in quotes"
            ),
            ("a: \"b\n  c\"", "1:4: this quoted value does not end on its line; close it with \""),
            ("a: 'b", "1:4: this quoted value does not end on its line; close it with '"),
            ("a: b\n---\nc: d", "2:1: one file holds one document; a second '---' or '...' is not allowed"),
            ("--- a", "1:5: nothing but a comment may follow '---' in its line"),
            ("...", "1:1: '...' ends a document that did not begin"),
            ("a: 1\nb: 2\na: 3", "3:1: the key a is in this map already, in line 1"),
            ("{a: 1, a: 2}", "1:8: the key a is in this map already, in line 1"),
            (
                "a: b: c",
                "1:5: a second ': ' in one line; begin a nested map on the next line, or quote the text"
            ),
            ("a: - b", "1:4: a list item cannot stand here; begin each '- item' on its own line"),
            ("a: b\n- c", "2:1: a list item cannot stand here; begin each '- item' on its own line"),
            ("a: b\nc", "2:1: a key was expected here: 'key: value'"),
            ("[a]: b", "1:4: nothing but a comment may follow the closing bracket in its line"),
            ("a: b\n[c]: d", "2:1: a list or map cannot be a key; write 'key: value'"),
            ("{[a]: b}", "1:2: a list or map cannot be a key; write 'key: value'"),
            ("[a: b]", "1:3: a pair inside [ ] needs braces: [{ key: value }]"),
            ("{a, b: c}", "1:2: inside { } write 'key: value' with a colon on the key's line"),
            ("{a\n: b}", "1:2: inside { } write 'key: value' with a colon on the key's line"),
            (
                "a: [b\nc]",
                "2:1: ',' or ']' was expected; put a value that spans lines or holds ': ' in quotes"
            ),
            ("a: [b", "1:4: this bracket is not closed"),
            ("a: {b: [c, {\n---\n", "1:12: this bracket is not closed"),
            ("[,]", "1:2: a value was expected before ','"),
            ("a: ]", "1:4: there is no bracket that this one closes"),
            ("[http://h/?a=b]", "1:11: put a value with '?' in quotes inside [ ] and { }"),
            ("[-]", "1:2: a lone '-' is not a value here; put the value in quotes"),
            ("a: \"b\"#c", "1:7: put a space before '#' to begin a comment, or the value in quotes"),
            ("a: \"b\" c", "1:8: nothing but a comment may follow a value in its line"),
            (": a", "1:1: a key was expected before ':', or put the value in quotes"),
            (
                "a: \"\\q\"",
                "1:5: this escape is unknown; allowed are \\\\ \\\" \\/ \\n \\t \\r \\0 \\xNN \\uNNNN \\UNNNNNNNN"
            ),
            (
                "é: \"\\ud83d\\ude00\"",
                "1:5: this escape is no character; write one above U+FFFF as \\UNNNNNNNN"
            ),
            ("a: \"\\xg0\"", "1:5: this escape needs 2 hexadecimal digits"),
            ("a: b\rc: d", "1:5: a carriage return stands alone; end lines with LF or CRLF"),
            ("a: \u{7}", "1:4: the character U+0007 is not allowed; write it as an escape in double quotes"),
            (
                "# \u{2028}a: b",
                "1:3: U+2028 is a line break for some readers only; write it as an escape in double quotes"
            ),
            (
                "\u{FEFF}\u{FEFF}",
                "1:1: the character U+FEFF is not allowed; write it as an escape in double quotes"
            ),
        ])
    func refuses(text: String, message: String) {
        #expect(read(text) == "f.yml:\(message)")
    }

    @Test("Every value and key has its line and column, counted in characters")
    func positions() throws {
        let text = "é: 'ü' \nb:\n  - {c: [d]}\n  -\ne:\n"
        let root = try YAMLParser.parse(bytes: Array(text.utf8), file: "f")
        func place(_ line: Int, _ column: Int) -> YAMLPosition { YAMLPosition(line: line, column: column) }
        guard case .map(let entries) = root.value, entries.count == 3,
            case .list(let items) = entries[1].node.value,
            items.count == 2, case .map(let inner) = items[0].value,
            case .list(let list) = inner[0].node.value
        else {
            Issue.record("another tree: \(compact(root))")
            return
        }
        #expect(entries.map(\.position) == [place(1, 1), place(2, 1), place(5, 1)])
        #expect(entries.map(\.node.position) == [place(1, 4), place(3, 3), place(5, 1)])
        #expect(items.map(\.position) == [place(3, 5), place(4, 3)])
        #expect(inner[0].position == place(3, 6))
        #expect(list[0].position == place(3, 10))
    }

    @Test("Text that is not UTF-8 is refused at its place")
    func invalidUTF8() {
        let error = #expect(throws: ConfigurationError.self) {
            try YAMLParser.parse(bytes: [0x61, 0x3A, 0x0A, 0x20, 0xC3, 0x28], file: "f")
        }
        #expect(error?.description == "f:2:2: the file is not UTF-8 here")
    }

    @Test("Size, depth, number of values and length of keys are bounded")
    func bounds() {
        let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(read(deep) == deep)
        #expect(read("[\(deep)]") == "f.yml:1:33: values are nested deeper than 32 levels")
        let nested = String(repeating: "- ", count: 5000) + "a"
        #expect(read(nested).hasSuffix(": values are nested deeper than 32 levels"))
        let wide = "[" + String(repeating: "a,", count: 19_999) + "]"
        #expect(read(wide).hasPrefix("[a,"))
        #expect(read("[a,\(wide.dropFirst())").hasSuffix(": the file holds more than 20000 values"))
        let key = String(repeating: "k", count: 1001)
        #expect(read("\(key.dropFirst()): a").hasSuffix(":a}"))
        #expect(read("\(key): a") == "f.yml:1:1: this key is longer than 1000 characters")
        let large = String(repeating: "#", count: 1 << 20)
        #expect(read(large) == "_")
        #expect(read(large + "#") == "f.yml: is larger than 1048576 bytes, the largest file allowed")
    }
}
