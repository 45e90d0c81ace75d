import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Minutes that changed after they were sent")
struct RevisionTableTests {
    private let folder: TestFolder
    private let store: UsageStore
    private let key = RemoteWriteCursor.Key(account: "a", region: "r", subject: "model_id/m")

    init() async throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
        try await store.advanceRemoteWrite(
            receiver: "far", [RemoteWriteCursor(key: key, start: minute(10), next: minute(100))])
        try await store.advanceRemoteWrite(
            receiver: "near", [RemoteWriteCursor(key: key, start: minute(10), next: minute(20))])
    }

    private func minute(_ index: Int) -> Minute { Minute(index: index) }
    private func span(_ first: Int, _ end: Int) -> Range<Minute> { minute(first)..<minute(end) }

    private func record(_ range: Range<Minute>, invocations: Double, at time: Int) async throws {
        var usage = UsageMinute()
        usage.invocations = invocations
        let minutes = range.map { RecordedMinute(minute: $0, usage: usage) }
        try await store.record(
            PollRecord(
                account: "a", region: "r", recordedAt: time,
                series: [SeriesRecord(modelID: "m", minutes: minutes, covered: [range])]))
    }

    private func ranges(_ receiver: String, before time: Int = 1000) async throws -> [Range<Minute>] {
        try await store.remoteWriteRevisions(receiver: receiver, notedBefore: time).map(\.range)
    }

    @Test("Each receiver's are those that it was sent; what stays the same is none")
    func noted() async throws {
        try await record(span(0, 30), invocations: 1, at: 50)
        #expect(try await ranges("far") == [span(10, 30)])
        #expect(try await ranges("near") == [span(10, 20)])
        let revisions = try await store.remoteWriteRevisions(receiver: "far", notedBefore: 1000)
        try await store.forgetRevisions(receiver: "far", revisions, before: minute(30))
        try await record(span(0, 30), invocations: 1, at: 60)
        #expect(try await ranges("far").isEmpty)
    }

    @Test("Those that touch are one, as old as the oldest")
    func joined() async throws {
        try await record(span(20, 30), invocations: 1, at: 50)
        try await record(span(40, 50), invocations: 1, at: 60)
        #expect(try await ranges("far") == [span(20, 30), span(40, 50)])
        try await record(span(30, 40), invocations: 1, at: 70)
        #expect(try await ranges("far") == [span(20, 50)])
        #expect(try await ranges("far", before: 51) == [span(20, 50)])
        #expect(try await ranges("far", before: 50).isEmpty)
    }

    @Test("They are forgotten up to a minute, and not at all when they changed again meanwhile")
    func forgotten() async throws {
        try await record(span(20, 50), invocations: 1, at: 50)
        var read = try await store.remoteWriteRevisions(receiver: "far", notedBefore: 1000)
        try await store.forgetRevisions(receiver: "far", read, before: minute(15))
        #expect(try await ranges("far") == [span(20, 50)])
        try await store.forgetRevisions(receiver: "far", read, before: minute(35))
        #expect(try await ranges("far") == [span(35, 50)])
        read = try await store.remoteWriteRevisions(receiver: "far", notedBefore: 1000)
        try await record(span(40, 41), invocations: 2, at: 60)
        try await store.forgetRevisions(receiver: "far", read, before: minute(50))
        #expect(try await ranges("far") == [span(35, 50)])
        read = try await store.remoteWriteRevisions(receiver: "far", notedBefore: 1000)
        try await store.forgetRevisions(receiver: "far", read, before: minute(50))
        #expect(try await ranges("far").isEmpty)
    }
}
