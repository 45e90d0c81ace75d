import FoundationEssentials
import Testing

@testable import AWSClient
@testable import System

private let quotedKey = "wJalr/UtnFEMI K7MD+ENG&bPx\"RfiCY=="

@Suite("The redactor")
struct RedactorTests {
    private func redactor(_ secrets: String...) -> Redactor {
        let redactor = Redactor()
        redactor.hold(secrets)
        return redactor
    }

    @Test(
        "A secret is found in every form in which text may quote it, and the words around it stay",
        arguments: [
            quotedKey, "wJalr%2FUtnFEMI%20K7MD%2BENG%26bPx%22RfiCY%3D%3D",
            "wJalr%2fUtnFEMI%20K7MD%2bENG%26bPx%22RfiCY%3d%3d",
            "wJalr%2FUtnFEMI+K7MD%2BENG%26bPx%22RfiCY%3D%3D", "wJalr/UtnFEMI K7MD+ENG&bPx\\\"RfiCY==",
            "wJalr\\/UtnFEMI K7MD+ENG&bPx\\\"RfiCY==", "wJalr/UtnFEMI K7MD&#43;ENG&amp;bPx&#34;RfiCY==",
        ])
    func forms(quoted: String) {
        #expect(redactor(quotedKey).redacted("key \(quoted), denied") == "key <secret>, denied")
    }

    @Test("Base64 is found wherever the secret begins in it, of users that nobody told, too")
    func base64() {
        let redactor = redactor("pa55word")
        for user in ["", ":", "u:", "me:", "user:", "someone:"] {
            let pair = Data("\(user)pa55word".utf8).base64EncodedString()
            let text = redactor.redacted("Basic \(pair)")
            #expect(text.contains("<secret>"), "\(user)")
            // What is left of the last letter's bits, and of the user.
            let left = text.dropFirst("Basic ".count).replacing("<secret>", with: "").count
            #expect(left <= (user.utf8.count * 8 + 5) / 6 + 3)
        }
        let address = Data("https://u:pa55word@host/".utf8).base64EncodedString()
        #expect(redactor.redacted(address).contains("<secret>"))
    }

    @Test("Base64 of a long secret with the bytes that differ in the alphabets is found in both")
    func alphabets() {
        let secret = "????>>>>~~~~????>>>>?"
        let text = Data(secret.utf8).base64EncodedString()
        let other = text.replacing("/", with: "_").replacing("+", with: "-")
        #expect(text != other)
        #expect(redactor(secret).redacted("\(text) \(other)") == "<secret> <secret>")
    }

    @Test("A secret that contains another, and one that was cut off, leave nothing")
    func overlaps() {
        let long = "abcd-token-0123456789-0123456789"
        let redactor = redactor("abcd-token", long)
        #expect(redactor.redacted("<\(long)>") == "<<secret>>")
        #expect(redactor.redacted("cut \(long.prefix(25))") == "cut <secret>")
    }

    @Test("What is too short is none; text without secrets comes back as it is")
    func short() {
        let redactor = redactor("abc", "")
        #expect(redactor.redacted("abc\u{0}é abc") == "abc\u{0}é abc")
        #expect(!redactor.finds(in: "abc") && self.redactor("abcd").finds(in: "x=abcd"))
        #expect(redactor.redacted("in this text only: xyz1", and: ["xyz1"]) == "in this text only: <secret>")
        #expect(redactor.redacted("xyz1") == "xyz1")
    }

    @Test("A text is cut, and never within a secret that would be shown in part")
    func cut() {
        let redactor = redactor("0123456789abcde")
        for shift in 230..<280 {
            let before = String(repeating: "x", count: Redactor.maximumTextBytes - shift)
            let text = redactor.redacted(before + "0123456789abcde" + String(repeating: "y", count: 100))
            #expect(text.utf8.count <= Redactor.maximumTextBytes && !text.contains("0"))
        }
    }

    @Test("Those that were used longest ago are forgotten, those of the configuration never")
    func bounds() {
        let redactor = Redactor(maximumSecrets: 16)
        redactor.configure(["configured"])
        for number in 0..<100 {
            redactor.hold(["secret-\(number)."])
            redactor.hold(["in-use"])
        }
        #expect(redactor.redacted("configured in-use secret-99.") == "<secret> <secret> <secret>")
        #expect(redactor.redacted("secret-0.") == "secret-0.")
        redactor.configure(["other-one"])
        #expect(redactor.redacted("configured other-one") == "<secret> <secret>")
    }

    @Test("Many threads may use it at once")
    func threads() async {
        let redactor = Redactor(maximumSecrets: 64)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    redactor.hold(["secret-\(number)-"])
                    #expect(redactor.redacted("a secret-\(number)- b").count <= 16)
                }
            }
        }
    }
}
