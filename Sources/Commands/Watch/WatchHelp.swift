extension WatchScreen {
    /// What `?` shows.
    static var help: [WatchLine] {
        """

           s            sort by utilization, throttles, tokens, name
           /            filter by words of account, Region, scope, model, model ID
           arrows j k   choose a pool; PageUp, PageDown, Home, End
           Esc          clear the filter
           Ctrl-L       draw everything again
           q, Ctrl-C    quit

           Use is of the newest settled minute: CloudWatch needs some minutes until it no longer changes one.
           ! is 80 % or more of a quota, + is 70 % or more. THROTT counts throttled requests of the last 15 min.
           Throttling can begin below 100 %: Bedrock reserves max_tokens at the start of a request.
        """.split(separator: "\n", omittingEmptySubsequences: false).map { WatchLine(String($0)) }
    }
}
