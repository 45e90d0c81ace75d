/// Writes the answer of GetMetricData, with the per-query faults that a script asked for.
struct MetricDataOutput {
    let page: MetricDataPage
    let queries: [MetricDataQuery]
    let next: PageToken?
    let faults: [Fault]

    private struct Status {
        var code: String
        var message: String?
        var hasData: Bool
    }

    func text() -> [UInt8] {
        let count = page.results.reduce(0) { $0 + $1.values.count }
        var text = JSONText(reservedBytes: 512 + queries.count * 128 + count * 22)
        text.object { text in
            text.key("Messages")
            text.array { _ in }
            text.key("MetricDataResults")
            text.array { text in
                for result in page.results { append(result, to: &text) }
            }
            if let next { text.member("NextToken", next.text) }
        }
        return text.bytes
    }

    private func append(_ result: MetricDataPage.Result, to text: inout JSONText) {
        let status = status(of: result)
        let query = queries[result.query]
        text.object { text in
            text.member("Id", query.id)
            text.member("Label", query.label)
            if let message = status.message {
                text.key("Messages")
                text.array { text in
                    text.object {
                        $0.member("Code", status.code)
                        $0.member("Value", message)
                    }
                }
            }
            text.member("StatusCode", status.code)
            text.key("Timestamps")
            text.array { text in
                for timestamp in result.timestamps where status.hasData { text.double(Double(timestamp)) }
            }
            text.key("Values")
            text.array { text in
                for value in result.values where status.hasData { text.double(value) }
            }
        }
    }

    private func status(of result: MetricDataPage.Result) -> Status {
        let query = queries[result.query]
        for fault in faults {
            if case .queryInternalError(let match) = fault, match.fits(query) {
                return Status(
                    code: "InternalError", message: "An internal error occurred for this query.",
                    hasData: false)
            }
            if case .queryForbidden(let match) = fault, match.fits(query) {
                return Status(
                    code: "Forbidden", message: "Not authorized to read this metric.", hasData: false)
            }
            if fault.isEndless { return Status(code: "PartialData", message: nil, hasData: true) }
        }
        return Status(code: result.isComplete ? "Complete" : "PartialData", message: nil, hasData: true)
    }
}
