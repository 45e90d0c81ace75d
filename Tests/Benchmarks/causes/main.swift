import QuotaModel
import ThrottleSimulation

// The causes of throttling as they are said, against those that are true, of simulated episodes: a table of each strength of
// noise. Thresholds are chosen on set 1 and judged on set 2.
// Arguments: episodes of each cause and strength, and the set.

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let episodes = Int(arguments.first ?? 200)
let set = arguments.dropFirst().first ?? 2

func percent(_ share: Double) -> String {
    let tenths = Int((share * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
}

for noise in SimulatedNoise.allCases {
    let matrix = CauseMatrix(noise, episodes: episodes, set: set)
    let said = ThrottleCause.allCases
    print("Noise: \(noise.rawValue), \(episodes) episodes of each cause\n")
    print("| true | " + said.map(\.rawValue).joined(separator: " | ") + " | right | unknown | wrong |")
    print("|---|" + said.map { _ in "--:|" }.joined() + "--:|--:|--:|")
    for cause in SimulatedEpisode.causes {
        let shares = matrix.shares(of: cause)
        let counts = said.map { String(matrix.count(cause, said: $0)) }
        let figures = [shares.right, shares.unknown, shares.wrong].map(percent)
        print("| " + ([cause.rawValue] + counts + figures).joined(separator: " | ") + " |")
    }
    let all = matrix.shares()
    print(
        "\nAll: right \(percent(all.right)), unknown \(percent(all.unknown)), wrong \(percent(all.wrong))\n")
    for cause in SimulatedEpisode.causes {
        let doubts = matrix.doubts(of: cause).map { "\($0.doubt.rawValue) \($0.count)" }
        if !doubts.isEmpty { print("Doubts of \(cause.rawValue): \(doubts.joined(separator: ", "))") }
    }
    print("")
}
