import Reading
import System

/// What a list of an organization's accounts has changed, in log lines.
struct OrganizationLog {
    /// Of each kind of change, accounts that have a line of their own.
    private static let mostLines = 20

    let log: Log

    /// - Parameter report: Of the same list.
    func tell(_ changes: OrganizationChanges, _ report: OrganizationReport, isFirst: Bool) {
        let listed = report.ofThisShard + report.otherShards + report.configured
        log.debug("Organization listed", ["accounts": String(listed)])
        if isFirst {
            log.info(
                "Accounts come from the organization",
                [
                    "accounts": String(listed), "of_this_shard": String(report.ofThisShard),
                    "shard": report.shard.description, "excluded": String(report.excluded ?? 0),
                    "inactive": String(report.inactive ?? 0),
                ])
        } else {
            tell(changes.appeared) {
                log.info("Account appeared in the organization", ["account": $0.label, "account_id": $0.id])
            }
        }
        tell(changes.left) {
            log.info(
                "Account left what is read of the organization; its history stays",
                ["account": $0.label, "account_id": $0.id])
        }
        tell(changes.renamed) { rename in
            log.info(
                "Account was renamed; its label stays",
                [
                    "account": rename.member.label, "account_id": rename.member.id,
                    "former_name": rename.former, "name": rename.member.name,
                ])
        }
        tell(changes.moved) { move in
            log.info(
                "Account moved within the organization",
                [
                    "account": move.member.label, "account_id": move.member.id, "former_unit": move.former,
                    "unit": move.member.unit ?? "",
                ])
        }
        tell(changes.relabelled) { change in
            log.warn(
                "An account of the configuration has the name of a found one, which has another label now",
                [
                    "account": change.member.label, "account_id": change.member.id,
                    "former_label": change.former,
                ])
        }
    }

    /// The first ones; how many more there are is told once.
    private func tell<Item>(_ items: [Item], _ line: (Item) -> Void) {
        for item in items.prefix(Self.mostLines) { line(item) }
        guard items.count > Self.mostLines else { return }
        log.info("More accounts of the kind", ["count": String(items.count - Self.mostLines)])
    }
}
