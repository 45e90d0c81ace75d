extension WatchScreen {
    /// What `?` shows.
    static func help(_ thresholds: WatchThresholds) -> [WatchLine] {
        """

           s            sort by utilization, throttles, tokens, name
           /            filter by words of account, Region, scope, model, model ID
           arrows j k   choose a pool; PageUp, PageDown, Home, End
           Esc          clear the filter
           Ctrl-L       draw everything again
           q, Ctrl-C    quit

           Use is of the newest settled minute: CloudWatch needs some minutes until it no longer changes one.
           ! is \(WatchFigures.percent(thresholds.critical)) or more of a quota, + is \(WatchFigures.percent(thresholds.warning)) or more. THROTT counts throttled requests of the last 15 min.
           Throttling can begin below 100 %: Bedrock reserves max_tokens at the start of a request.
        """.split(separator: "\n", omittingEmptySubsequences: false).map { WatchLine(String($0)) }
    }
}
