/// When people are told, and where.
package struct AlertsConfiguration: Equatable, Sendable {
    /// Utilization from which a warning is raised; above 0, below `critical`.
    package var warning = 0.70
    /// Utilization from which the alert is critical; up to 1.
    package var critical = 0.80
    /// How long the utilization must stay up before an alert fires.
    package var `for` = TimeSpan.minutes(2)
    /// How long it must stay down, in settled minutes, before the alert resolves.
    package var resolveAfter = TimeSpan.minutes(5)
    package var receivers: [AlertReceiver] = []

    package init() {}

    init(_ section: SectionReader) {
        let mark = section.problems.count
        let standard = AlertsConfiguration()
        warning = section.value("warning", default: standard.warning, Self.ratio)
        critical = section.value("critical", default: standard.critical, Self.ratio)
        `for` = section.value("for", default: standard.for) {
            scalar throws(InvalidValue) in try scalar.duration(in: ConfigurationLimits.alertFor)
        }
        resolveAfter = section.value("resolve_after", default: standard.resolveAfter) {
            scalar throws(InvalidValue) in try scalar.duration(in: ConfigurationLimits.alertFor)
        }
        if warning >= critical, section.problems.count == mark {
            let key = section.has("warning") ? "warning" : "critical"
            section.report(
                key,
                "warning, \(warning), is not below critical, \(critical); allowed: a warning below critical")
        }
        for receiver in section.sections("receivers", atMost: ConfigurationLimits.receivers) ?? [] {
            guard let value = AlertReceiver.read(receiver) else { continue }
            if receivers.contains(value) {
                receiver.problems.add(
                    receiver.position, receiver.path,
                    "is the same as a receiver above; allowed: each receiver once")
            }
            receivers.append(value)
        }
    }

    private static func ratio(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Double {
        try scalar.number("a ratio above 0 and up to 1, such as 0.70") { $0 > 0 && $0 <= 1 }
    }
}
