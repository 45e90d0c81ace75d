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
