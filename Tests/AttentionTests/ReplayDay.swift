import AWSSimulator
import QuotaModel

/// A day of a fleet of five Regions with ten model IDs each, as companies have it: two busy models a Region, the others
/// far below their quotas, and bursts that come near a quota, exceed it, or use up a day's tokens.
enum ReplayDay {
    static let regions = SimulatedScenario.globalSourceRegions
    /// Wednesday 2026-11-25, 00:00 UTC.
    static let start = Minute(index: 29_903_040 - 29_903_040 % 1440)

    /// A model of the fleet; figures are of the first Region, the others have shares of them.
    private struct Model {
        let name: String
        /// Tokens per minute.
        let quota: Int
        /// Of the busiest hour, in per mille of the quota.
        let load: Int
        let rhythm: DailyRhythm
        var isCached = false
        var burst: BurstSchedule?

        var id: String { "global.\(name)" }
    }

    private static let models = [
        Model(
            name: "anthropic.claude-sonnet-4-6", quota: 5_000_000, load: 300, rhythm: .office, isCached: true,
            burst: burst(every: 360, at: 130, for: 9, [740, 930, 1080])),
        Model(name: "anthropic.claude-haiku-4-5", quota: 4_000_000, load: 180, rhythm: .evening),
        Model(name: "anthropic.claude-opus-4-6", quota: 2_000_000, load: 60, rhythm: .office, isCached: true),
        Model(
            name: "anthropic.claude-sonnet-4-5", quota: 2_000_000, load: 40, rhythm: .nightly,
            burst: burst(every: 720, at: 400, for: 12, [860, 1020])),
        Model(name: "amazon.nova-pro", quota: 2_000_000, load: 30, rhythm: .office),
        Model(name: "amazon.nova-lite", quota: 2_000_000, load: 60, rhythm: .evening),
        Model(name: "amazon.nova-micro", quota: 4_000_000, load: 20, rhythm: .office),
        Model(
            name: "meta.llama4-scout", quota: 600_000, load: 20, rhythm: .office,
            burst: burst(every: 480, at: 250, for: 7, [640, 720, 790])),
        Model(name: "mistral.pixtral-large", quota: 400_000, load: 10, rhythm: .evening),
        Model(name: "deepseek.r1", quota: 400_000, load: 15, rhythm: .nightly),
    ]

    private static func burst(every: Int, at phase: Int, for length: Int, _ levels: [Int]) -> BurstSchedule {
        BurstSchedule(
            everyMinutes: every, phaseMinutes: phase, lengthMinutes: length, levelsPermille: levels)
    }

    static func scenario(regions: ArraySlice<String>) -> SimulatedScenario {
        var scenario = SimulatedScenario()
        scenario.delivery = .lagging
        scenario.seed = 7
        scenario.traffic = regions.enumerated().flatMap { place, region in
            models.enumerated().map { traffic(of: $1, number: $0, region, place: place) }
        }
        return scenario
    }

    /// Regions further down the list are quieter, and their bursts come at other times.
    private static func traffic(of model: Model, number: Int, _ region: String, place: Int) -> ModelTraffic {
        let tokens = ModelTraffic.RequestTokens(
            input: 1800, output: 350, cacheRead: model.isCached ? 9000 : 0,
            cacheWrite: model.isCached ? 700 : 0)
        var traffic = ModelTraffic(
            region: region, modelID: model.id, tokens: tokens, peakInvocationsPerMinute: 0,
            tokensPerMinuteQuota: model.quota)
        traffic.burndownRate = rate(of: model.name)
        let perRequest = tokens.input + tokens.cacheWrite + tokens.output * traffic.burndownRate
        traffic.peakInvocationsPerMinute = model.quota / 1000 * model.load / perRequest * (6 - place) / 6
        traffic.rhythm = model.rhythm
        traffic.utcOffsetMinutes = 480 - 60 * place
        if var burst = model.burst, place < 3 || number == 0 {
            burst.phaseMinutes += 47 * place
            traffic.bursts = burst
        }
        return traffic
    }

    static func rate(of name: String) -> Int { name.hasPrefix("anthropic.") ? 5 : 1 }

    /// The fleet's limits; tokens per day are such that one model of the first Region passes 70 and 80 % in the day.
    static var overrides: [QuotaOverride] {
        models.map { model in
            var limits: [QuotaKind: Double] = [
                .tokensPerMinute: Double(model.quota), .requestsPerMinute: Double(model.quota) / 1000,
            ]
            if model.name == "amazon.nova-lite" { limits[.tokensPerDay] = 55_000_000 }
            return QuotaOverride(scope: .global, model: model.name, limits: limits)
        }
    }
}
