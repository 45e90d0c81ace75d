import AWSClient
import Testing

@testable import Reading

@Suite("Organization roster")
struct OrganizationRosterTests {
    private typealias Entry = OrganizationList.Entry

    private func list(_ entries: (id: Int, name: String)...) -> OrganizationList {
        OrganizationList(entries.map { Entry(OrganizationAccount(id: Self.id($0.id), name: $0.name)) })
    }

    private static func id(_ number: Int) -> String { String(500_000_000_000 + number) }

    private func labels(_ roster: OrganizationRoster) -> [String] { roster.listed.map(\.label) }

    @Test("who appears, leaves, is renamed and moves is told, and nobody else")
    func changes() {
        var roster = OrganizationRoster()
        func entry(_ number: Int, _ name: String, _ unit: String, active: Bool = true) -> Entry {
            Entry(
                OrganizationAccount(id: Self.id(number), name: name, isActive: active),
                unit: OrganizationUnit(id: unit, name: unit.uppercased()))
        }
        let first = roster.take(
            OrganizationList([
                entry(1, "a", "u"), entry(2, "b", "u"), entry(3, "c", "u"), entry(4, "d", "u"),
                entry(5, "e", "u", active: false),
            ]), reserved: [], at: 10)
        #expect(first.appeared.map(\.label) == ["a", "b", "c", "d"])
        #expect((roster.listedAt, roster.inactiveCount, roster.excludedCount) == (10, 1, 0))
        let second = roster.take(
            OrganizationList([
                entry(1, "a2", "u"), entry(2, "b", "v"), entry(3, "c", "u", active: false),
                entry(5, "e", "u"),
            ]), reserved: [], at: 20)
        #expect(second.appeared.map(\.label) == ["e"])
        #expect(second.left.map(\.label) == ["c", "d"])
        #expect(second.renamed.map(\.former) == ["a"] && second.renamed[0].member.label == "a")
        #expect(second.moved.map(\.former) == ["u"] && second.moved[0].member.unit == "v")
        #expect(roster.listed.map(\.unitName) == ["U", "V", "U"])
        #expect(labels(roster) == ["a", "b", "e"])
        #expect(roster.listed[0].isRenamed && !roster.listed[1].isRenamed)
        let same = OrganizationList([entry(1, "a2", "u"), entry(2, "b", "v"), entry(5, "e", "u")])
        #expect(roster.take(same, reserved: [], at: 30).isEmpty)
    }

    @Test("accounts of the same name have labels of their own, and the first one's history stays its own")
    func sameNames() {
        var roster = OrganizationRoster()
        _ = roster.take(list((1, "x"), (2, "x"), (3, "y")), reserved: [], at: 0)
        #expect(labels(roster) == ["x-\(Self.id(1))", "x-\(Self.id(2))", "y"])
        _ = roster.take(list((3, "y"), (4, "y"), (5, "x")), reserved: [], at: 0)
        #expect(labels(roster) == ["y", "y-\(Self.id(4))", "x"])
        // 3 has left; its name is still its history's.
        _ = roster.take(list((6, "y")), reserved: [], at: 0)
        #expect(labels(roster) == ["y-\(Self.id(6))"])
        _ = roster.take(list((3, "other")), reserved: [], at: 0)
        #expect(labels(roster) == ["y"], "who comes back has its label")
    }

    @Test("no name can take another account's label", arguments: [1, 2, 3, 4])
    func hostileNames(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let names = [
            "x", "x-\(Self.id(2))", Self.id(3), "x-\(Self.id(1))-\(Self.id(1))", "", " x ", "\u{202e}x",
            "y\n", Self.id(1), "reserved", String(repeating: "z", count: 200),
        ]
        var roster = OrganizationRoster()
        var everLabels: [String: String] = [:]
        for round in 0..<40 {
            let entries = (1...8).filter { _ in Bool.random(using: &generator) }.map { number in
                Entry(
                    OrganizationAccount(
                        id: Self.id(number), name: names.randomElement(using: &generator) ?? "",
                        isActive: Int.random(in: 0..<5, using: &generator) > 0))
            }
            _ = roster.take(OrganizationList(entries), reserved: ["reserved"], at: Double(round))
            let listed = roster.listed
            #expect(Set(listed.map(\.label)).count == listed.count)
            for member in listed {
                #expect(everLabels[member.label, default: member.id] == member.id)
                #expect(
                    member.label == member.id
                        || !(500_000_000_001...500_000_000_008).map(String.init).contains(member.label))
                #expect(member.label != "reserved" && !member.label.isEmpty)
                #expect(member.label.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202e })
                everLabels[member.label] = member.id
            }
            let restored = OrganizationRoster(stored: roster.members, listedAt: roster.listedAt)
            #expect(restored.members == roster.members)
        }
    }

    @Test("an account that the configuration names so keeps its name, and the found one gets another")
    func reserved() {
        var roster = OrganizationRoster()
        _ = roster.take(list((1, "prod")), reserved: [], at: 0)
        let changes = roster.take(list((1, "prod")), reserved: ["prod"], at: 1)
        #expect(changes.relabelled.map(\.former) == ["prod"])
        #expect(labels(roster) == ["prod-\(Self.id(1))"])
        #expect(roster.take(list((1, "prod")), reserved: ["prod"], at: 2).isEmpty)
    }

    @Test("excluded accounts are not read, and counted")
    func excluded() {
        var roster = OrganizationRoster()
        let account = OrganizationAccount(id: Self.id(1), name: "a")
        _ = roster.take(OrganizationList([Entry(account, isExcluded: true)]), reserved: [], at: 0)
        #expect(roster.listed.isEmpty && roster.excludedCount == 1)
        let appeared = roster.take(OrganizationList([Entry(account)]), reserved: [], at: 0).appeared
        #expect(appeared.map(\.label) == ["a"])
        #expect(roster.misses(in: OrganizationList([])))
        #expect(!roster.misses(in: OrganizationList([Entry(account, isExcluded: true)])))
    }

    @Test("who left is forgotten only beyond the limit")
    func bounded() {
        let stored = (0..<OrganizationLimits.members).map {
            OrganizationMember(id: Self.id($0), label: "l\($0)", name: "l\($0)", unit: nil, isListed: false)
        }
        var roster = OrganizationRoster(stored: stored)
        _ = roster.take(list((900_000, "new")), reserved: [], at: 0)
        #expect(roster.members.count == OrganizationLimits.members)
        #expect(labels(roster) == ["new"])
    }
}
