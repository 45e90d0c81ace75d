import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("The JSON of metadata services and processes")
struct CredentialsDocumentTests {
    private let origin = AnswerOrigin(source: "s", name: "it")

    private func decode(_ text: String, _ form: CredentialsDocument.Form) throws(CredentialsError)
        -> AWSCredentials
    {
        try CredentialsDocument.decode(Array(text.utf8), from: origin).credentials(form, from: origin)
    }

    @Test("Reads both forms")
    func reads() throws {
        #expect(try decode(metadataJSON(), .metadataService) == metadataCredentials)
        #expect(
            try decode(
                #"{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T","Expiration":"2026-11-24T13:00:00Z","AccountId":"1","RoleArn":"r"}"#,
                .metadataService
            ).accountID == "1")
        #expect(
            try decode(
                #"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","SessionToken":"T","Expiration":null}"#,
                .process)
                == AWSCredentials(accessKeyID: "A", secretAccessKey: "S", sessionToken: "T"))
    }

    @Test(
        "Names what is missing",
        arguments: [
            ("", CredentialsDocument.Form.process, "it is not the expected JSON object (0 bytes)"),
            ("[]", .process, "it is not the expected JSON object (2 bytes)"),
            (#"{"AccessKeyId":1}"#, .process, "it is not the expected JSON object (17 bytes)"),
            (#"{"AccessKeyId":"A"}"#, .process, "it is not of Version 1, the only one supported"),
            (#"{"Version":2}"#, .process, "it is not of Version 1, the only one supported"),
            (#"{"Version":1,"SecretAccessKey":"S"}"#, .process, "it has no AccessKeyId"),
            (
                #"{"Version":1,"AccessKeyId":"A","SecretAccessKey":""}"#, .process,
                "it has no SecretAccessKey"
            ),
            (
                #"{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"2026-11-24T13:00:00"}"#,
                .process,
                "it has an Expiration that is not a time with a zone"
            ),
            (#"{"AccessKeyId":"A","SecretAccessKey":"S"}"#, .metadataService, "it has no Token"),
            (
                #"{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T"}"#, .metadataService,
                "it has no Expiration"
            ),
        ])
    func mistakes(text: String, form: CredentialsDocument.Form, reason: String) {
        #expect(throws: CredentialsError.failed(source: "s", reason: reason)) { try decode(text, form) }
    }

    @Test("No truncation yields keys, no changed byte crashes or leaks")
    func damage() {
        let text = Array(metadataJSON().utf8)
        for end in 0..<text.count { #expect(outcome(Array(text[..<end])) == nil) }
        for index in text.indices {
            for flip in [0x01, 0x20, 0x80] as [UInt8] {
                var changed = text
                changed[index] ^= flip
                _ = outcome(changed)
            }
        }
    }

    private func outcome(_ bytes: [UInt8]) -> AWSCredentials? {
        do throws(CredentialsError) {
            return try CredentialsDocument.decode(bytes, from: origin).credentials(
                .metadataService, from: origin)
        } catch {
            expectNoSecrets(error)
            return nil
        }
    }
}
