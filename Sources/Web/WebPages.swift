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
        WebAsset("chart-draw.js", .script, PackageResources.chart_draw_js),
        WebAsset("chart-scale.js", .script, PackageResources.chart_scale_js),
        WebAsset("chart-table.js", .script, PackageResources.chart_table_js),
        WebAsset("chart.css", .css, PackageResources.chart_css),
        WebAsset("chart.js", .script, PackageResources.chart_js),
        WebAsset("dom.js", .script, PackageResources.dom_js),
        WebAsset("figures.js", .script, PackageResources.figures_js),
        WebAsset("format.js", .script, PackageResources.format_js),
        WebAsset("fresh.js", .script, PackageResources.fresh_js),
        WebAsset("history.js", .script, PackageResources.history_js),
        WebAsset("icon.svg", .svg, PackageResources.icon_svg),
        WebAsset("overview.js", .script, PackageResources.overview_js),
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
        WebAsset("unmapped.js", .script, PackageResources.unmapped_js),
        WebAsset("words.js", .script, PackageResources.words_js),
    ]
}
