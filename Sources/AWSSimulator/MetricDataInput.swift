/// The input of GetMetricData as JSON 1.0 carries it; names are the API's.
struct MetricDataInput: Decodable {
    struct Query: Decodable {
        var Id: String
        var MetricStat: Stat?
    }

    struct Stat: Decodable {
        var Metric: Metric
        var Period: Int
        var Stat: String
    }

    struct Metric: Decodable {
        var Namespace: String?
        var MetricName: String?
        var Dimensions: [Dimension]?
    }

    struct Dimension: Decodable {
        var Name: String
        var Value: String?
    }

    var MetricDataQueries: [Query]
    /// Unix seconds.
    var StartTime: Double
    var EndTime: Double
    var NextToken: String?
    var ScanBy: String?
    var MaxDatapoints: Int?
}

/// A query that passed the checks of the API.
struct MetricDataQuery {
    var id: String
    var identity: MetricIdentity
    var statistic: Statistic
    /// Seconds; a multiple of 60.
    var period: Int
}

extension MetricDataInput {
    static let maximumQueries = 500
    static let maximumIDLength = 255
    /// Unix seconds that are accepted, up to the year 2100.
    private static let times = 0.0...4_102_444_800.0

    /// The queries in order; throws `validation` in the words of the API.
    func validatedQueries() throws(ServiceError) -> [MetricDataQuery] {
        guard !MetricDataQueries.isEmpty else {
            throw ServiceError(.validation, "The parameter MetricDataQueries is required.")
        }
        guard MetricDataQueries.count <= Self.maximumQueries else {
            throw ServiceError(
                .validation,
                "The collection MetricDataQueries must not have a size greater than \(Self.maximumQueries).")
        }
        guard Self.times.contains(StartTime), Self.times.contains(EndTime) else {
            throw ServiceError(.validation, "The parameters StartTime and EndTime must be times since 1970.")
        }
        guard StartTime < EndTime else {
            throw ServiceError(
                .validation, "The parameter StartTime must be less than the parameter EndTime.")
        }
        guard MaxDatapoints.map({ $0 >= 1 }) ?? true else {
            throw ServiceError(.validation, "The parameter MaxDatapoints must be at least 1.")
        }
        guard ScanBy == nil || ScanBy == "TimestampAscending" || ScanBy == "TimestampDescending" else {
            throw ServiceError(
                .validation, "The parameter ScanBy must be TimestampAscending or TimestampDescending.")
        }
        var seen: Set<String> = []
        var queries: [MetricDataQuery] = []
        for (index, query) in MetricDataQueries.enumerated() {
            queries.append(try Self.validated(query, number: index + 1))
            guard seen.insert(query.Id).inserted else {
                throw ServiceError(
                    .validation, "The values for parameter id in MetricDataQueries are not unique.")
            }
        }
        return queries
    }

    private static func validated(_ query: Query, number: Int) throws(ServiceError) -> MetricDataQuery {
        guard isIdentifier(query.Id) else {
            throw ServiceError(
                .validation,
                "The value \(query.Id) for parameter MetricDataQueries.member.\(number).Id is not matching "
                    + "the expected pattern ^[a-z][a-zA-Z0-9_]*$."
            )
        }
        guard let stat = query.MetricStat else {
            throw ServiceError(
                .validation, "Query \(query.Id) must have a MetricStat; expressions are not simulated.")
        }
        guard let statistic = Statistic(rawValue: stat.Stat) else {
            throw ServiceError(
                .validation, "The value \(stat.Stat) for parameter Stat of \(query.Id) is not supported.")
        }
        guard stat.Period > 0, stat.Period % 60 == 0 else {
            throw ServiceError(
                .validation,
                "The parameter Period of \(query.Id) must be a multiple of 60.")
        }
        guard let name = stat.Metric.MetricName, let namespace = stat.Metric.Namespace else {
            throw ServiceError(
                .validation, "The parameters Namespace and MetricName of \(query.Id) are required.")
        }
        let dimensions = (stat.Metric.Dimensions ?? []).map { SimulatedDimension($0.Name, $0.Value ?? "") }
        return MetricDataQuery(
            id: query.Id, identity: MetricIdentity(name, dimensions, namespace: namespace),
            statistic: statistic, period: stat.Period)
    }

    /// `[a-z][a-zA-Z0-9_]*`, at most 255 characters.
    private static func isIdentifier(_ id: String) -> Bool {
        guard let first = id.utf8.first, (0x61...0x7A).contains(first), id.utf8.count <= maximumIDLength
        else {
            return false
        }
        return id.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0)
                || $0 == 0x5F
        }
    }
}
