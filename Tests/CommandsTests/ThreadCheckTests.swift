import Testing

@testable import Commands

struct ThreadCheckTests {
    @Test("threads are counted, and too few of them are told")
    func threads() {
        #expect(ThreadCheck.startable(ThreadCheck.least) == ThreadCheck.least)
        #expect(ThreadCheck.problem(startable: ThreadCheck.least) == nil)
        #expect(
            ThreadCheck.problem(startable: 3)?.hasPrefix(
                "only 3 threads can be started; at least 12 are needed: ") == true)
    }
}
