import Testing

@testable import AWSClient
@testable import HTTPClient
@testable import System

@Suite("Host names and signing times")
struct HostNameTests {
    @Test(
        "a URL's host and port, never its user",
        arguments: [
            ("https://monitoring.us-east-1.amazonaws.com/", "monitoring.us-east-1.amazonaws.com"),
            ("http://127.0.0.1:5000", "127.0.0.1:5000"), ("http://[fd00:ec2::254]/latest", "[fd00:ec2::254]"),
            ("http://user:password@host:1/x", "host:1"), ("http://h?x=://", "h"), ("nothing", ""), ("", ""),
            ("http:///", ""),
        ])
    func hosts(url: String, host: String) {
        #expect(HostName.of(url: url) == host)
    }

    @Test(
        "signing times are UTC with every digit",
        arguments: [
            (0, "19700101T000000Z"), (1_709_251_199, "20240229T235959Z"), (1_795_515_568, "20261124T101928Z"),
        ])
    func times(seconds: Int, text: String) {
        #expect(SigningTime.text(epochSeconds: seconds) == text)
    }
}
