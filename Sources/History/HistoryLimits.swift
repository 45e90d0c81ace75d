/// Defaults and bounds of questions about history.
package enum HistoryLimits {
    static let defaultRangeMinutes = 24 * 60
    static let defaultStepMinutes = 60
    static let stepMinutes = 1...1440
    /// 2000 to 2100: what lies outside is a slip, such as milliseconds for seconds.
    static let epochSeconds = 946_684_800..<4_102_444_800

    /// Usage requests that are answered at the same time, each on a connection of its own to the store.
    package static let concurrentRequests = 2
    /// Rows of one answer over HTTP, about 60 MB of JSON.
    static let rowsOverHTTP = 100_000
    /// A reader holds back the write-ahead log of the store, so no answer may take longer.
    package static let answerSeconds = 300
    /// Bytes that are gathered before they go out together.
    static let chunkBytes = 64 << 10
    /// Rows that decide the widths of a table's columns.
    static let rowsForWidths = 200
}
