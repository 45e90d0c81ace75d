import Testing

@testable import AWSClient

@Suite("INI files as configparser reads them")
struct INIFileTests {
    /// The expected values were printed by Python's `configparser.RawConfigParser` for the same texts.
    @Test(
        "Reads sections, keys, comments and values over several lines",
        arguments: [
            (
                "[default]\nregion = us-east-1\noutput=json\n",
                [("default", ["region": "us-east-1", "output": "json"])]
            ),
            (
                "[default]\nREGION = us-east-1\nAws_Access_Key_Id : A:B=C\n",
                [("default", ["region": "us-east-1", "aws_access_key_id": "A:B=C"])]
            ),
            (
                "# c\n; d\n[a]\nx = 1 # kept ; too\n  # a comment inside\ny = 2\n",
                [("a", ["x": "1 # kept ; too", "y": "2"])]
            ),
            (
                "[a]\r\nx = 1\r\ny = 2\r\n",
                [("a", ["x": "1", "y": "2"])]
            ),
            (
                "[a]\rx = 1\r\ry = 2",
                [("a", ["x": "1", "y": "2"])]
            ),
            (
                "[a]\ns3 =\n  addressing_style = path\n  # note\n  max = 3\nregion = r\n",
                [("a", ["s3": "\naddressing_style = path\nmax = 3", "region": "r"])]
            ),
            (
                "[a]\nlong = one\n  two\n\n  three\n\n\nnext = 4\n",
                [("a", ["long": "one\ntwo\n\nthree", "next": "4"])]
            ),
            (
                "[ spaced ]\nx=1\n[a] ; tail\ny=2\n",
                [(" spaced ", ["x": "1"]), ("a", ["y": "2"])]
            ),
            (
                "[a]b]\nx=1\n",
                [("a]b", ["x": "1"])]
            ),
            (
                "[a]\n  x = 1\n  y = 2\n",
                [("a", ["x": "1", "y": "2"])]
            ),
            (
                "[a]\n\tx = 1\n   z = deeper\n",
                [("a", ["x": "1\nz = deeper"])]
            ),
            (
                "[DEFAULT]\nregion = common\nx = c\n[a]\nx = own\n[b]\n[DEFAULT]\nlate = 1\n",
                [
                    ("a", ["x": "own", "region": "common", "late": "1"]),
                    ("b", ["region": "common", "x": "c", "late": "1"]),
                ]
            ),
            (
                "[a]\nx =\ny = 1\n",
                [("a", ["x": "", "y": "1"])]
            ),
            (
                "[a]\nx = 1\n  [not a section]\n",
                [("a", ["x": "1\n[not a section]"])]
            ),
            (
                "[a]\nkey with space = v w\n",
                [("a", ["key with space": "v w"])]
            ),
            (
                "[a]\nx==1\ny=a=b\n",
                [("a", ["x": "=1", "y": "a=b"])]
            ),
            (
                "[a]\n  [b]\nx=1\n",
                [("a", [:]), ("b", ["x": "1"])]
            ),
            (
                "",
                []
            ),
            (
                "\n\n# only\n",
                []
            ),
            (
                "[a]\nname = Zoë 日本\n",
                [("a", ["name": "Zoë 日本"])]
            ),
            (
                "[a]\nx = 1\n\n\n",
                [("a", ["x": "1"])]
            ),
        ] as [(String, [(String, [String: String])])])
    func reads(text: String, sections: [(String, [String: String])]) throws {
        let file = try INIFile(Array(text.utf8), path: "config")
        #expect(file.sections.map(\.name) == sections.map(\.0))
        #expect(file.sections.map(\.values) == sections.map(\.1))
    }

    @Test(
        "Names the line of a mistake and quotes nothing of it",
        arguments: [
            ("x = 1\n", 1, "a key stands before the first [section]"),
            ("[a]\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n", 2, "neither a [section] nor KEY = VALUE"),
            ("[a]\nx=1\n[b]\n[a]\n", 4, "section [a] stands here again, first at line 1"),
            ("[a]\nx=1\nX = 2\n", 3, "this key of section [a] stands here again, first at line 2"),
            ("[a]\r\nx=1\r\n\r\nX = 2\r\n", 4, "this key of section [a] stands here again, first at line 2"),
            ("[a]\n= v\n", 2, "no key before the ="),
            ("[a]\n: v\n", 2, "no key before the :"),
            ("[a\nx=1\n", 1, "a key stands before the first [section]"),
            ("[]\nx = 1\n", 1, "a key stands before the first [section]"),
            ("[a]\nx=1\n\ny\n", 4, "neither a [section] nor KEY = VALUE"),
            ("[DEFAULT]\nx=1\nx=2\n", 3, "this key of section [DEFAULT] stands here again, first at line 2"),
        ])
    func mistakes(text: String, line: Int, reason: String) {
        let error = #expect(throws: CredentialsError.self) { try INIFile(Array(text.utf8), path: "/etc/c") }
        #expect(error == .failed(source: "/etc/c", reason: "line \(line): \(reason)"))
        expectNoSecrets(error as Any)
    }

    @Test("Refuses what is not UTF-8")
    func encoding() {
        #expect(throws: CredentialsError.failed(source: "c", reason: "the file is not UTF-8 text")) {
            try INIFile([0x5b, 0x61, 0x5d, 0xff], path: "c")
        }
    }

    @Test("Neither a truncation nor a changed byte crashes or leaks")
    func damage() {
        let text = Array("[a]\nx = \(Secret.key)\n\ns3 =\n  a = b\n# c\r\n[b] ; t\ny: 1\n".utf8)
        for end in 0...text.count { attempt(Array(text[..<end])) }
        for index in text.indices {
            for byte in [0, 10, 13, 32, 35, 58, 61, 91, 93, 128, 255] as [UInt8] {
                var changed = text
                changed[index] = byte
                attempt(changed)
            }
        }
    }

    private func attempt(_ bytes: [UInt8]) {
        do throws(CredentialsError) {
            _ = try INIFile(bytes, path: "c")
        } catch {
            #expect(!"\(error)".contains(Secret.key.dropFirst(10)))
        }
    }
}
