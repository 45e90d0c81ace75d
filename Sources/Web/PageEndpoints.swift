import HTTPServer

/// `/` and `/pool` with their files. They hold no figures: the scripts ask the JSON interface.
package enum PageEndpoints {
    /// Only our own files and our own JSON; nothing inline, nothing framed, no form.
    package static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    /// Adds the pages to the router.
    package static func add(to router: inout HTTPRouter) {
        let files =
            [("/", WebPages.overview), ("/pool", WebPages.pool)]
            + WebPages.assets.map { ("/assets/\($0.name)", $0) }
        for (path, asset) in files {
            router.add("GET", path) { request in response(asset, to: request) }
        }
    }

    private static func response(_ asset: WebAsset, to request: HTTPRequest) -> HTTPResponse {
        let known = request.headers.listMembers("if-none-match").contains { tag in
            // Compared weakly (RFC 9110 section 13.1.2); a proxy that compresses makes tags weak.
            tag == asset.etag || tag == "w/" + asset.etag || tag == "*"
        }
        // Asked again each time, so that pages and scripts are always of one version.
        let headers = [
            ("Content-Security-Policy", contentSecurityPolicy),
            ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-cache"), ("ETag", asset.etag),
        ]
        guard !known else { return HTTPResponse(status: 304, headers: headers) }
        return HTTPResponse(
            status: 200, headers: [("Content-Type", asset.contentType)] + headers, body: .bytes(asset.bytes))
    }
}
