/// One name and value of a metric's dimension set.
package struct SimulatedDimension: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The dimension that nearly everything of Bedrock has.
    package static func modelID(_ value: String) -> SimulatedDimension {
        SimulatedDimension("ModelId", value)
    }
}

/// What tells one series from another inside a Region.
struct MetricIdentity: Hashable, Sendable {
    static let bedrock = "AWS/Bedrock"

    let namespace: String
    var metricName: String
    /// Sorted by name, since CloudWatch compares them as a set.
    let dimensions: [SimulatedDimension]

    init(_ metricName: String, _ dimensions: [SimulatedDimension], namespace: String = Self.bedrock) {
        self.namespace = namespace
        self.metricName = metricName
        self.dimensions = dimensions.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    }
}
