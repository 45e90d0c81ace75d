import Testing

@testable import AWSClient

@Suite("Command lines as shlex splits them")
struct ShellWordsTests {
    /// The expected words were printed by Python's `shlex.split` for the same texts.
    @Test(
        "Splits at space, with quotation and backslashes",
        arguments: [
            ("a b", ["a", "b"]), ("a  b\tc", ["a", "b", "c"]), ("'a b' c", ["a b", "c"]),
            (#""a b"c"#, ["a bc"]), (#"a\ b"#, ["a b"]), ("''", [""]), ("a ''b", ["a", "b"]),
            (#""a\"b""#, [#"a"b"#]), (#""a\nb""#, [#"a\nb"#]), (#"'a\b'"#, [#"a\b"#]),
            (#""a\\b""#, [#"a\b"#]),
            ("#a b", ["#a", "b"]), (#"a"b'c"d"#, ["ab'cd"]), ("", []), ("  ", []), (#""a"#, nil),
            (#"a\"#, nil),
            ("'", nil), ("a\r\nb", ["a", "b"]), (#"--x="y z""#, ["--x=y z"]), (#""a\"#, nil),
            (#"/opt/bin/t --t 'it'"'"'s'"#, ["/opt/bin/t", "--t", "it's"]),
        ] as [(String, [String]?)])
    func splits(line: String, words: [String]?) {
        #expect(ShellWords.split(line) == words)
    }
}
