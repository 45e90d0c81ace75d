import Alerting
import HTTPServer
import QuotaModel

/// The page at `/`: pools by utilization, and links to everything else. Plain HTML, no script, no outside request.
struct LandingPage: Sendable {
    let telemetryPath: String

    /// - Parameter alerts: Those that are pending or firing; only the latter are shown.
    func response(_ snapshot: Snapshot, alerts: [TrackedAlert] = []) -> HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/html; charset=utf-8"),
                (
                    "Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
                ),
                ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
            ],
            body: .bytes(Array(html(snapshot, alerts).utf8)))
    }

    private func html(_ snapshot: Snapshot, _ alerts: [TrackedAlert]) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>bedrock-quota-exporter</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <h1>bedrock-quota-exporter</h1>
        <p>Use of Amazon Bedrock quotas, weighted as AWS counts them. Version \(BuildInfo.version).</p>
        <nav><a href="\(Self.escaped(telemetryPath))">Metrics</a> <a href="/api/v1/pools">Pools</a> \
        <a href="/api/v1/alerts">Alerts</a> <a href="/api/v1/status">Status</a> <a href="/config">Configuration</a></nav>
        \(alertList(alerts))
        <h2>Quotas by utilization</h2>
        \(poolTable(snapshot))
        \(unmappedList(snapshot))
        </body>
        </html>

        """
    }

    private static let style = """
        :root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;\
        padding:0 1rem}nav a{margin-right:1rem}div{overflow-x:auto}table{border-collapse:collapse;width:100%}\
        th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884}\
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}meter{width:8rem}
        """

    private func poolTable(_ snapshot: Snapshot) -> String {
        let rows = snapshot.regions.flatMap(\.pools).flatMap { pool in pool.quotas.map { (pool.pool, $0) } }
            .sorted { ($0.1.ratio ?? -1, $1.0) > ($1.1.ratio ?? -1, $0.0) }
        guard !rows.isEmpty else { return "<p>No usage has been read yet.</p>" }
        let body = rows.prefix(Self.maximumRows).map { pool, use in row(pool, use) }.joined(separator: "\n")
        return """
            <div><table>
            <thead><tr><th>Account</th><th>Region</th><th>Scope</th><th>Model</th><th>Quota</th>\
            <th class="n">Used</th><th class="n">Limit</th><th class="n">Utilization</th><th></th></tr></thead>
            <tbody>
            \(body)
            </tbody></table></div>
            """
    }

    /// The page is for eyes; everything is in the JSON interface.
    private static let maximumRows = 200

    private func row(_ pool: QuotaPool, _ use: QuotaUse) -> String {
        let ratio =
            use.ratio.map { "\(($0 * 1000).rounded() / 10) %" }
            ?? (use.quota.limit == 0 ? "not permitted" : "unknown")
        let bar =
            use.ratio.map {
                "<meter min=\"0\" max=\"1\" low=\"0.7\" high=\"0.8\" optimum=\"0\" value=\"\(min($0, 1))\"></meter>"
            } ?? ""
        let cells = [pool.account, pool.region, pool.scope.rawValue, pool.model, use.quota.kind.rawValue]
            .map { "<td>\(Self.escaped($0))</td>" }.joined()
        let used = use.usage.map(Self.grouped) ?? "unknown"
        return "<tr>\(cells)<td class=\"n\">\(used)</td><td class=\"n\">\(Self.grouped(use.quota.limit))</td>"
            + "<td class=\"n\">\(ratio)</td><td>\(bar)</td></tr>"
    }

    private func alertList(_ alerts: [TrackedAlert]) -> String {
        let firing = alerts.filter { $0.phase == .firing }
        guard !firing.isEmpty else { return "" }
        let items = firing.prefix(Self.maximumRows).map { alert in
            let text = alert.annotations["summary"] ?? alert.identity.kind.rawValue
            return "<li>\(Self.escaped(alert.identity.severity.rawValue)): \(Self.escaped(text))</li>"
        }
        return "<h2>\(firing.count) firing</h2>\n<ul>\n\(items.joined(separator: "\n"))\n</ul>"
    }

    private func unmappedList(_ snapshot: Snapshot) -> String {
        let items = snapshot.regions.flatMap { region in
            region.unmapped.map { model in
                "<li>\(Self.escaped(model.modelID)) in \(Self.escaped(region.key.region)): "
                    + "\(Self.escaped(model.reason.rawValue))</li>"
            }
        }
        guard !items.isEmpty else { return "" }
        return "<h2>Model IDs without a quota</h2>\n<ul>\n\(items.joined(separator: "\n"))\n</ul>"
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }

    /// 3500000 as `3,500,000`.
    static func grouped(_ value: Double) -> String {
        guard value.magnitude < 0x1p53 else { return "\(value)" }
        let digits = String(Int(value.rounded()))
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0, digits.prefix(index) != "-" { grouped += "," }
            grouped.append(digit)
        }
        return grouped
    }
}
