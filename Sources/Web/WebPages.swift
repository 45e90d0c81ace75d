import HTTPServer

/// The files of the page for people, compiled in from the folder Assets. Knows neither HTTP nor quotas.
package enum WebPages {
    /// All pools; wants the other files below `assets/`, next to its own address.
    package static let overview = WebAsset("overview.html", .html, PackageResources.overview_html)
    /// One pool, which the address names.
    package static let pool = WebAsset("pool.html", .html, PackageResources.pool_html)

    /// What the pages load, each by its name.
    package static let assets: [WebAsset] = [
        WebAsset("alerts.js", .script, PackageResources.alerts_js),
        WebAsset("api.js", .script, PackageResources.api_js),
        WebAsset("base.css", .css, PackageResources.base_css),
        WebAsset("batch.js", .script, PackageResources.batch_js),
        WebAsset("callers.js", .script, PackageResources.callers_js),
        WebAsset("chart-draw.js", .script, PackageResources.chart_draw_js),
        WebAsset("chart-scale.js", .script, PackageResources.chart_scale_js),
        WebAsset("chart-table.js", .script, PackageResources.chart_table_js),
        WebAsset("chart.css", .css, PackageResources.chart_css),
        WebAsset("chart.js", .script, PackageResources.chart_js),
        WebAsset("dom.js", .script, PackageResources.dom_js),
        WebAsset("figures.js", .script, PackageResources.figures_js),
        WebAsset("fleet-rows.js", .script, PackageResources.fleet_rows_js),
        WebAsset("fleet.css", .css, PackageResources.fleet_css),
        WebAsset("fleet.js", .script, PackageResources.fleet_js),
        WebAsset("format.js", .script, PackageResources.format_js),
        WebAsset("fresh.js", .script, PackageResources.fresh_js),
        WebAsset("history.js", .script, PackageResources.history_js),
        WebAsset("icon.svg", .svg, PackageResources.icon_svg),
        WebAsset("overview.js", .script, PackageResources.overview_js),
        WebAsset("paged-table.js", .script, PackageResources.paged_table_js),
        WebAsset("pool-charts.js", .script, PackageResources.pool_charts_js),
        WebAsset("pool-quotas.js", .script, PackageResources.pool_quotas_js),
        WebAsset("pool-row.js", .script, PackageResources.pool_row_js),
        WebAsset("pool.js", .script, PackageResources.pool_js),
        WebAsset("pools.css", .css, PackageResources.pools_css),
        WebAsset("refresh.js", .script, PackageResources.refresh_js),
        WebAsset("regions.js", .script, PackageResources.regions_js),
        WebAsset("report.js", .script, PackageResources.report_js),
        WebAsset("shares.js", .script, PackageResources.shares_js),
        WebAsset("sparkline.js", .script, PackageResources.sparkline_js),
        WebAsset("throttles.js", .script, PackageResources.throttles_js),
        WebAsset("tiles.js", .script, PackageResources.tiles_js),
        WebAsset("unmapped.js", .script, PackageResources.unmapped_js),
        WebAsset("words.js", .script, PackageResources.words_js),
    ]
}

/// A file of the web page as it is sent.
package struct WebAsset: Sendable {
    /// The file's name, without a folder.
    package let name: String
    /// The value of `Content-Type`.
    package let contentType: String
    package let bytes: [UInt8]
    /// A strong entity tag of the bytes, quotes included (RFC 9110 section 8.8.3).
    package let etag: String

    package init(_ name: String, _ kind: Kind, _ bytes: [UInt8]) {
        self.name = name
        contentType = kind.rawValue
        self.bytes = bytes
        etag = "\"\(String(Self.hash(bytes), radix: 16))\""
    }

    package enum Kind: String {
        case html = "text/html; charset=utf-8"
        case css = "text/css; charset=utf-8"
        case script = "text/javascript; charset=utf-8"
        case svg = "image/svg+xml"
    }

    /// FNV-1a of 64 bits: tells versions of a file apart, and is the same in every process.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

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
