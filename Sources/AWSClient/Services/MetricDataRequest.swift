/// The body of one `GetMetricData` call, in the JSON of API version 2010-08-01.
///
/// Written by hand: with hundreds of queries each a general encoder takes longer than everything else about the call.
struct MetricDataRequest {
    let queries: ArraySlice<MetricQuery>
    /// Unix time, the end excluded.
    let times: Range<Int>
    let maximumDatapoints: Int
    /// Asks for a further page.
    let token: String?

    /// About what one query takes.
    private static let bytesPerQuery = 300

    var body: [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(Self.bytesPerQuery * (queries.count + 1))
        body += "{\"MetricDataQueries\":[".utf8
        for query in queries {
            if query.id != queries.first?.id { body.append(UInt8(ascii: ",")) }
            Self.append(query, to: &body)
        }
        body += "],\"StartTime\":\(times.lowerBound),\"EndTime\":\(times.upperBound)".utf8
        body += ",\"ScanBy\":\"TimestampAscending\",\"MaxDatapoints\":\(maximumDatapoints)".utf8
        if let token {
            body += ",\"NextToken\":".utf8
            Self.append(token, to: &body)
        }
        body.append(UInt8(ascii: "}"))
        return body
    }

    private static func append(_ query: MetricQuery, to body: inout [UInt8]) {
        body += "{\"Id\":".utf8
        append(query.id, to: &body)
        body += ",\"MetricStat\":{\"Metric\":{\"Namespace\":".utf8
        append(query.namespace, to: &body)
        body += ",\"MetricName\":".utf8
        append(query.metricName, to: &body)
        body += ",\"Dimensions\":[".utf8
        for (index, dimension) in query.dimensions.enumerated() {
            body += index == 0 ? "{\"Name\":".utf8 : ",{\"Name\":".utf8
            append(dimension.name, to: &body)
            body += ",\"Value\":".utf8
            append(dimension.value, to: &body)
            body.append(UInt8(ascii: "}"))
        }
        body += "]},\"Period\":".utf8
        body += String(query.periodSeconds).utf8
        body += ",\"Stat\":".utf8
        append(query.statistic, to: &body)
        body += "},\"ReturnData\":true".utf8
        if let account = query.account {
            body += ",\"AccountId\":".utf8
            append(account, to: &body)
        }
        body.append(UInt8(ascii: "}"))
    }

    /// A JSON string: the quote, the backslash and control characters have to be escaped (RFC 8259, 7).
    private static func append(_ text: String, to body: inout [UInt8]) {
        body.append(UInt8(ascii: "\""))
        if text.utf8.withContiguousStorageIfAvailable({ $0.contains(where: isEscaped) }) ?? true {
            appendEscaped(text, to: &body)
        } else {
            body += text.utf8
        }
        body.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func appendEscaped(_ text: String, to body: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                body.append(UInt8(ascii: "\\"))
                body.append(byte)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                body += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8
            default: body.append(byte)
            }
        }
    }
}

/// The JSON of CloudWatch's `ListMetrics` and `GetMetricData` (API version 2010-08-01), but for what
/// `MetricDataRequest` writes.
enum CloudWatchWire {
    struct Dimension: Decodable, Equatable {
        let Name: String
        let Value: String
    }

    struct ListMetricsInput: Encodable {
        let Namespace: String
        let RecentlyActive: String?
        let NextToken: String?
        /// Whether metrics of linked accounts are listed, and the one whose alone are.
        let IncludeLinkedAccounts: Bool?
        let OwningAccount: String?
    }

    struct ListMetricsOutput: Decodable, Equatable {
        let Metrics: [Metric]
        let NextToken: String?
        /// One for each metric, where those of linked accounts were asked for.
        let OwningAccounts: [String]?

        var listed: [ListedMetric] { Self.listed(Metrics) }

        /// What is of this account; nil where the answer does not say whose it is.
        func listed(of account: String) -> [ListedMetric]? {
            guard !Metrics.isEmpty else { return [] }
            guard let owners = OwningAccounts, owners.count == Metrics.count else { return nil }
            return Self.listed(zip(Metrics, owners).filter { $0.1 == account }.map(\.0))
        }

        private static func listed(_ metrics: [Metric]) -> [ListedMetric] {
            metrics.map { metric in
                ListedMetric(
                    name: metric.MetricName,
                    dimensions: (metric.Dimensions ?? []).map {
                        MetricDimension(name: $0.Name, value: $0.Value)
                    })
            }
        }
    }

    struct Metric: Decodable, Equatable {
        let Namespace: String?
        let MetricName: String
        let Dimensions: [Dimension]?
    }

    struct GetMetricDataOutput: Decodable, Equatable {
        let MetricDataResults: [DataResult]
        let NextToken: String?
        let Messages: [Message]?
    }

    struct DataResult: Decodable, Equatable {
        let Id: String
        let StatusCode: String?
        let Timestamps: [Double]?
        let Values: [Double]?
        let Messages: [Message]?
    }

    struct Message: Decodable, Equatable {
        let Code: String?
        let Value: String?

        var text: String { [Code, Value].compactMap { $0 }.joined(separator: ": ") }
    }
}
