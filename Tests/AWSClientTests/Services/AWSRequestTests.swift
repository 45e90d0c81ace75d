import Testing

@testable import AWSClient

@Suite("AWS requests")
struct AWSRequestTests {
    @Test("an input is the JSON body; one that JSON cannot write is an error of the request")
    func body() throws {
        let request = AWSRequest.post(
            service: .oam, operation: "ListSinks", path: "/ListSinks", region: "us-east-1")
        #expect(request.body.isEmpty)
        #expect(String(decoding: try request.with(["a": 1.5]).body, as: UTF8.self) == "{\"a\":1.5}")
        let error = #expect(throws: AWSError.self) { try request.with(["a": Double.nan]) }
        #expect(error?.kind == .invalidRequest && error?.operation == "ListSinks")
    }
}
