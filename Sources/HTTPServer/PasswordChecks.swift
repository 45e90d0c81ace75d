import Dispatch
import Synchronization

/// Runs password checks one after the other, off the event loop: bcrypt never takes more than one core, and no client's
/// checks keep those of others waiting.
final class PasswordChecks: Sendable {
    /// Checks of all clients that wait; each keeps a connection.
    static let maximumWaiting = 128
    /// A check that has waited longer is given up: its client has long gone on to something else.
    static let longestWait = Duration.seconds(30)

    private struct Check {
        let id: Int
        let since: ContinuousClock.Instant
        let matches: @Sendable () -> Bool
        let continuation: CheckedContinuation<Bool?, Never>
    }

    private struct State {
        var queue = FairQueue<Check>(capacity: PasswordChecks.maximumWaiting)
        var nextID = 0
    }

    private let state = Mutex(State())
    private let thread = DispatchQueue(label: "password-checks")
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) { self.now = now }

    /// Checks that wait for their turn.
    var waitingCount: Int { state.withLock { $0.queue.count } }

    /// Waits for the client's turn and checks.
    ///
    /// - Returns: Nil when there was no turn: too many wait, it took too long, or the task was cancelled.
    func run(of client: String, _ matches: @escaping @Sendable () -> Bool) async -> Bool? {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let check = Check(id: id, since: now(), matches: matches, continuation: continuation)
                let displaced = state.withLock { state in
                    // Checked under the lock: a cancellation before this point found nothing waiting.
                    Task.isCancelled ? check : state.queue.add(check, of: client)
                }
                displaced?.continuation.resume(returning: nil)
                // As often as there are checks; those that were taken out leave a turn without work.
                thread.async { self.runNext() }
            }
        } onCancel: {
            let check = state.withLock { $0.queue.remove(of: client) { $0.id == id } }
            check?.continuation.resume(returning: nil)
        }
    }

    private func runNext() {
        guard let check = state.withLock({ $0.queue.next() }) else { return }
        let isTooLate = check.since.duration(to: now()) > Self.longestWait
        check.continuation.resume(returning: isTooLate ? nil : check.matches())
    }

    /// Whom addresses belong to: whoever has one of IPv6 has 2^64 of them.
    static func client(_ address: String) -> String {
        guard let bytes = HTTPAuthority.addressBytes(String(address.prefix { $0 != "%" })), bytes.count == 16
        else { return address }
        return bytes[..<8].map { String($0, radix: 16) }.joined(separator: ".")
    }
}

/// Items that wait: clients take turns, each client's own in their order.
struct FairQueue<Item> {
    /// Items of all clients together.
    let capacity: Int
    private(set) var count = 0
    private var waiting: [String: [Item]] = [:]
    /// Clients with items, the next one first.
    private var turns: [String] = []

    init(capacity: Int) { self.capacity = capacity }

    /// Puts the item at the end of its client's.
    ///
    /// - Returns: The item that has no place: in a full queue the last one of the client with most of them, unless this
    ///   client has as many; then the item itself.
    mutating func add(_ item: Item, of client: String) -> Item? {
        var displaced: Item?
        if count >= capacity {
            let most = waiting.max { $0.value.count < $1.value.count }
            // Otherwise each newcomer would only shut out another one.
            guard let most, (waiting[client]?.count ?? 0) + 1 < most.value.count else { return item }
            displaced = remove(at: most.value.count - 1, of: most.key)
        }
        if waiting[client] == nil { turns.append(client) }
        waiting[client, default: []].append(item)
        count += 1
        return displaced
    }

    /// The next item; its client's others wait until all clients have had a turn.
    mutating func next() -> Item? {
        guard let client = turns.first else { return nil }
        let item = remove(at: 0, of: client)
        if waiting[client] != nil { turns.append(turns.removeFirst()) }
        return item
    }

    /// The client's first item that fits, which no longer waits.
    mutating func remove(of client: String, where fits: (Item) -> Bool) -> Item? {
        guard let index = waiting[client]?.firstIndex(where: fits) else { return nil }
        return remove(at: index, of: client)
    }

    private mutating func remove(at index: Int, of client: String) -> Item? {
        let item = waiting[client]?.remove(at: index)
        count -= 1
        if waiting[client]?.isEmpty == true {
            waiting[client] = nil
            turns.removeAll { $0 == client }
        }
        return item
    }
}
