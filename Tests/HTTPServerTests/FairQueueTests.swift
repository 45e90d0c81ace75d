import Testing

@testable import HTTPServer

@Suite("Fair queue")
struct FairQueueTests {
    private func drain(_ queue: inout FairQueue<String>) -> String {
        var order: [String] = []
        while let item = queue.next() { order.append(item) }
        return order.joined(separator: " ")
    }

    @Test("clients take turns, each client's items keep their order")
    func turns() {
        var queue = FairQueue<String>(capacity: 10)
        for item in ["a1", "a2", "a3", "b1", "c1", "c2"] {
            #expect(queue.add(item, of: String(item.prefix(1))) == nil)
        }
        #expect(queue.count == 6)
        #expect(drain(&queue) == "a1 b1 c1 a2 c2 a3")
        #expect(queue.count == 0)
    }

    @Test("in a full queue the longest line gives its last place, but not to one that would be as long")
    func full() {
        var queue = FairQueue<String>(capacity: 4)
        for item in ["a1", "a2", "a3", "b1"] { _ = queue.add(item, of: String(item.prefix(1))) }
        #expect(queue.add("a4", of: "a") == "a4")
        #expect(queue.add("c1", of: "c") == "a3")
        #expect(queue.add("c2", of: "c") == "c2")
        #expect(queue.add("d1", of: "d") == "a2")
        #expect(queue.add("e1", of: "e") == "e1")
        #expect(drain(&queue) == "a1 b1 c1 d1")
    }

    @Test("an item can be taken out")
    func remove() {
        var queue = FairQueue<String>(capacity: 4)
        for item in ["a1", "b1", "b2"] { _ = queue.add(item, of: String(item.prefix(1))) }
        #expect(queue.remove(of: "a") { $0 == "a1" } == "a1")
        #expect(queue.remove(of: "a") { $0 == "a1" } == nil)
        #expect(queue.remove(of: "b") { $0 == "b3" } == nil)
        #expect(drain(&queue) == "b1 b2")
    }
}
