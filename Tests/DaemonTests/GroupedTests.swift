import Testing

@testable import System

@Suite("Grouped digits")
struct GroupedTests {
    @Test(
        "digits are grouped by three",
        arguments: [
            (0.0, "0"), (999, "999"), (1000, "1,000"), (3_500_000, "3,500,000"), (-1234, "-1,234"),
            (-123, "-123"), (1e20, "1e+20"),
        ])
    func grouped(value: Double, text: String) {
        #expect(Grouped.digits(value) == text)
    }
}
