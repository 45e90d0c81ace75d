/// The pollers of all Regions of all accounts, each in tasks of its own.
final class Fleet: Sendable {
    /// Regions that poll at the same time. More than the Regions of most fleets, so that hanging ones rarely hold up
    /// others, and few enough to bound connections and memory.
    static let concurrentPolls = 64

    private let tasks: [Task<Void, Never>]

    /// Begins to poll.
    init(_ sessions: [AccountSession], services: PollServices) {
        tasks = sessions.flatMap { session in
            session.regions.flatMap { region in
                let poller = RegionPoller(
                    account: session, region: region, services: services,
                    phase: Self.phase(account: session.configuredName, region: region))
                // Said here, so that a poller that never begins is missed as well.
                services.watch.expect(ObjectIdentifier(poller), within: PollWatch.slackSeconds)
                return [
                    Task { await poller.run() }, Task { await poller.watchAlerts() },
                    Task { await poller.watchForecasts() },
                ]
            }
        }
    }

    /// Cancels all polls and waits until each has noticed; a cancelled request ends at once.
    func stop() async {
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// 0..<1 out of the names, the same at every start, so that a restart does not move a Region's place.
    static func phase(account: String?, region: String) -> Double {
        // FNV-1a, 64 bits; its upper bits are well mixed.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(account ?? "")/\(region)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return Double((hash ^ (hash >> 29)) % 10_000) / 10_000
    }
}
