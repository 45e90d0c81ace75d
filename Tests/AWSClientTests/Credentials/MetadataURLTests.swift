import Testing

@testable import AWSClient

@Suite("URLs of metadata services")
struct MetadataURLTests {
    @Test(
        "Only TLS, this machine and the agents' addresses may be sent a token",
        arguments: [
            ("https://example.com/keys", "example.com", true),
            ("HTTPS://Example.com:8443/k?x=1", "example.com", true),
            ("http://127.0.0.1:1338/k", "127.0.0.1", true), ("http://127.9.9.9", "127.9.9.9", true),
            ("http://localhost/k", "localhost", true), ("http://[::1]:80/k", "::1", true),
            ("http://169.254.170.2/k", "169.254.170.2", true),
            ("http://169.254.170.23/v1/credentials", "169.254.170.23", true),
            ("http://[fd00:ec2::23]/v1/credentials", "fd00:ec2::23", true),
            ("http://[FD00:EC2:0::23]/k", "fd00:ec2:0::23", true),
            ("http://169.254.169.254/k", "169.254.169.254", false),
            ("http://169.254.170.20/k", "169.254.170.20", false),
            ("http://example.com/k", "example.com", false),
            ("http://127.0.0.1.example.com/", "127.0.0.1.example.com", false),
            ("http://[::2]/", "::2", false), ("http://0x7f.1/", "0x7f.1", false),
            ("http://localhost.example.com", "localhost.example.com", false),
        ])
    func hosts(text: String, host: String, isAllowed: Bool) throws {
        let url = try #require(MetadataURL(text))
        #expect(url.host == host)
        #expect(url.mayServeContainerCredentials == isAllowed)
    }

    @Test(
        "What has no clear host is no URL",
        arguments: [
            "", "ftp://127.0.0.1/", "127.0.0.1", "http://", "http:///k", "http://user@127.0.0.1/",
            "http://127.0.0.1@example.com/", "http://127.0.0.1#@example.com/",
            "http://127.0.0.1\\@example.com/",
            "http://127.0.0.1 /", "http://127.0.0.1\r\nX: y", "http://[::1", "http://[::1]x/",
            "http://[nonsense]/",
            "http://127.0.0.1:99999/", "http://127.0.0.1:/", "http://127.0.0.1:+1/", "http://127.0.0.1:0/",
            "http://é.example/",
        ])
    func refused(text: String) {
        #expect(MetadataURL(text) == nil)
    }
}
