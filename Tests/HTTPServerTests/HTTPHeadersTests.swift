import Testing

@testable import HTTPServer

@Suite("HTTP headers")
struct HTTPHeadersTests {
    private let headers = HTTPHeaders([("Accept", "a, B"), ("X-Y", "1"), ("aCCEPT", ",c ,"), ("Empty", "")])

    @Test("Names compare without case, values keep their order")
    func lookup() {
        #expect(headers["ACCEPT"] == "a, B")
        #expect(headers.values("accept") == ["a, B", ",c ,"])
        #expect(headers["empty"] == "")
        #expect(headers["X_Y"] == nil)
        // '@' and '`' differ by the same bit as 'A' and 'a'.
        #expect(!HTTPHeaders.equal("@", "`") && !HTTPHeaders.equal("a", "ab"))
    }

    @Test("List members are joined over fields, trimmed and lowercased")
    func lists() {
        #expect(headers.listMembers("accept") == ["a", "b", "c"])
        #expect(headers.listMembers("empty") == [])
    }

    @Test("Replacing drops every field of the name")
    func replace() {
        var headers = headers
        headers.replace(name: "accept", value: "z")
        #expect(headers.fields.map(\.name) == ["X-Y", "Empty", "accept"])
        #expect(headers.values("Accept") == ["z"])
    }
}
