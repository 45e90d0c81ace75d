/// One family with its samples; the order of samples is the caller's and should be stable between pages.
package struct MetricFamily: Sendable {
    package struct Sample: Sendable {
        let labels: LabelSet
        let value: Double
    }

    package let descriptor: MetricDescriptor
    package private(set) var samples: [Sample] = []

    package init(_ descriptor: MetricDescriptor) {
        self.descriptor = descriptor
    }

    /// A family of one sample without labels.
    package init(_ descriptor: MetricDescriptor, value: Double) {
        self.descriptor = descriptor
        add(.none, value)
    }

    package mutating func add(_ labels: LabelSet, _ value: Double) {
        samples.append(Sample(labels: labels, value: value))
    }

    /// Leaves the sample out when the figure is not known: absent is not zero.
    package mutating func add(_ labels: LabelSet, _ value: Double?) {
        if let value { add(labels, value) }
    }
}

extension MetricFamily {
    /// A family of one sample, or of none while the figure is not known.
    package init(_ descriptor: MetricDescriptor, optional value: Double?) {
        self.init(descriptor)
        add(.none, value)
    }
}
