import Foundation
import Testing

@testable import Daemon

struct ProcessStatisticsTests {
    private static let line =
        "4242 (a ) (b) S 1 4242 4242 0 -1 4194560 1503 0 0 0 250 50 0 0 20 0 7 0 123456 104857600 5120 18446744073709551615\n"

    @Test("fields are counted after the last parenthesis of the name")
    func parse() throws {
        let stat = try #require(ProcessStatistics.Stat(Self.line, ticksPerSecond: 100))
        #expect(stat.cpuSeconds == 3)
        #expect(stat.threads == 7)
        #expect(stat.virtualBytes == 104_857_600)
        #expect(stat.residentPages == 5120)
    }

    @Test("a line that is cut before its 24th field gives nothing, and no cut is a trap")
    func truncated() {
        let pages = Self.line.range(of: " 5120").map {
            Self.line.distance(from: Self.line.startIndex, to: $0.lowerBound)
        }
        for count in 0..<Self.line.count {
            let stat = ProcessStatistics.Stat(String(Self.line.prefix(count)), ticksPerSecond: 100)
            #expect((stat == nil) == (count <= (pages ?? 0) + 1), "\(count)")
        }
        #expect(ProcessStatistics.Stat(")", ticksPerSecond: 100) == nil)
    }

    @Test("this process's own figures are there")
    func own() {
        let families = ProcessStatistics(startTime: 17).families()
        #expect(families.count == 7)
        #expect(families.allSatisfy { $0.sampleCount == 1 })
    }
}
