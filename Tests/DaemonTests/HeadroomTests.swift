import Foundation
import HTTPServer
import QuotaModel
import Testing

@testable import Polling
@testable import Web

@Suite("Headroom of a model ID")
struct HeadroomTests {
    private let minute = SampleSnapshot.minute
    private let sonnet = "anthropic.claude-sonnet-4-6"

    /// A Region whose pools of Sonnet have used these shares of their million tokens a minute.
    private func region(_ name: String, _ used: [InferenceScope: Double], account: String = "prod")
        -> RegionSnapshot
    {
        let key = RegionKey(account: account, region: name)
        var region = RegionSnapshot(key: key)
        region.settledMinute = minute
        region.currentUntil = Double(minute.epochSeconds + 900)
        for (scope, share) in used.sorted(by: { $0.key < $1.key }) {
            var history = PoolHistory()
            history[minute] = PoolMinute(
                quotaTokens: share * 1e6, requests: 1, sources: .weighted, isCovered: true)
            let pool = QuotaPool(account: account, region: name, scope: scope, model: sonnet)
            let modelID =
                scope == .global ? "global.\(sonnet)" : scope == .crossRegion ? "us.\(sonnet)" : sonnet
            var snapshot = PoolSnapshot(
                pool: pool, modelIDs: [modelID], rate: BurndownRate(value: 5, source: .table),
                quotas: [
                    QuotaUse(
                        of: Quota(kind: .tokensPerMinute, limit: 1e6, source: .applied, code: "L-1"),
                        history: history, settled: minute)
                ], minute: minute)
            snapshot.recentThrottles = share >= 1 ? 7 : 0
            region.pools.append(snapshot)
            region.identities[modelID] = ModelIdentity(pool: pool.scopedModel, profile: nil)
            region.identities["82ey7vcct4m3"] = ModelIdentity(pool: pool.scopedModel, profile: nil)
        }
        region.identities["k3v9wq2n7xtp"] = ModelIdentity(pool: nil, profile: nil)
        return region
    }

    private func board(_ regions: RegionSnapshot...) -> HeadroomBoard {
        let board = HeadroomBoard()
        for region in regions { board.take(region) }
        return board
    }

    private func respond(
        _ board: HeadroomBoard, _ query: [(String, String)], tag: String? = nil, seconds: Int = 30
    ) throws -> (response: HTTPResponse, json: [String: Any]) {
        let endpoint = HeadroomEndpoint(
            board: board, now: { Double(minute.epochSeconds + seconds) }, intervalSeconds: { 60 })
        var headers = HTTPHeaders()
        if let tag { headers.append(name: "If-None-Match", value: tag) }
        let path = "/api/v1/headroom"
        var request = HTTPRequest(method: "GET", target: path, path: path, headers: headers)
        request.query = query.map { (name: $0.0, value: $0.1) }
        let response = endpoint.respond(to: request, error: WebEndpoints.error)
        guard case .bytes(let bytes) = response.body, !bytes.isEmpty else { return (response, [:]) }
        let json = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        return (response, json ?? [:])
    }

    private func pools(_ json: [String: Any], _ key: String = "pools") -> [[String: Any]] {
        json[key] as? [[String: Any]] ?? []
    }

    @Test("what is left, with the minute that it is known of")
    func figures() throws {
        let answer = try respond(
            board(region("us-east-1", [.crossRegion: 0.25])), [("model_id", "us.\(sonnet)")])
        #expect(answer.response.status == 200)
        let pool = try #require(pools(answer.json).first)
        #expect(pool["scope"] as? String == "cross_region" && pool["region"] as? String == "us-east-1")
        let quota = try #require((pool["quotas"] as? [[String: Any]])?.first)
        #expect(
            Set(quota.keys) == [
                "quota", "limit", "used", "remaining", "ratio", "as_of", "settled", "throttled",
            ])
        #expect(quota["used"] as? Double == 250_000 && quota["remaining"] as? Double == 750_000)
        #expect(quota["ratio"] as? Double == 0.25 && quota["settled"] as? Bool == true)
        #expect(quota["throttled"] as? Double == 0)
        #expect(quota["as_of"] as? String == "2026-02-02T02:40:00Z")
    }

    @Test(
        "every spelling of a model ID finds its pool",
        arguments: [
            "us.anthropic.claude-sonnet-4-6", "eu.anthropic.claude-sonnet-4-6",
            "bedrock/us.anthropic.claude-sonnet-4-6", "bedrock/converse/us.anthropic.claude-sonnet-4-6",
            "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6",
            "bedrock/arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6",
            "82ey7vcct4m3",
            "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/82ey7vcct4m3",
        ])
    func spellings(modelID: String) throws {
        let answer = try respond(board(region("us-east-1", [.crossRegion: 0.25])), [("model_id", modelID)])
        #expect(answer.response.status == 200)
        #expect(pools(answer.json).map { $0["scope"] as? String } == ["cross_region"])
        #expect(answer.json["model_id"] as? String == modelID)
    }

    @Test("the pools of the same model with most room come first, the full ones last, five at most")
    func alternatives() throws {
        let names = (0..<7).map { "us-west-\($0)" }
        let board = board(region("us-east-1", [.crossRegion: 1.2, .global: 0.4]))
        for (index, name) in names.enumerated() {
            board.take(region(name, [.crossRegion: 0.1 * Double(7 - index)]))
        }
        let answer = try respond(board, [("model_id", "us.\(sonnet)"), ("region", "us-east-1")])
        let quota = try #require((pools(answer.json)[0]["quotas"] as? [[String: Any]])?.first)
        #expect(quota["remaining"] as? Double == 0 && quota["throttled"] as? Double == 7)
        #expect(
            pools(answer.json, "alternatives").map { $0["region"] as? String } == [
                "us-west-6", "us-west-5", "us-west-4", "us-east-1", "us-west-3",
            ])
    }

    @Test("figures that are too old are null, and their pools no alternatives")
    func outdated() throws {
        let board = board(region("us-east-1", [.crossRegion: 0.5]), region("us-west-2", [.crossRegion: 0.1]))
        let answer = try respond(
            board, [("model_id", "us.\(sonnet)"), ("region", "us-east-1")], seconds: 901)
        let quota = try #require((pools(answer.json)[0]["quotas"] as? [[String: Any]])?.first)
        #expect(quota["limit"] as? Double == 1e6)
        for key in ["used", "remaining", "ratio", "as_of", "throttled"] { #expect(quota[key] is NSNull) }
        #expect(quota["settled"] as? Bool == false)
        #expect(pools(answer.json, "alternatives").isEmpty)
    }

    @Test("an ID that is not known is 404 with the reason, a wrong question 400")
    func refusals() throws {
        let board = board(region("us-east-1", [.crossRegion: 0.5]))
        for (query, status, reason) in [
            ([("model_id", "us.acme.none")], 404, "has no traffic"),
            ([("model_id", "k3v9wq2n7xtp")], 404, "belongs to no quota pool"),
            (
                [("model_id", "82ey7vcct4m3"), ("region", "eu-west-1")], 404,
                "is not known in that account or Region"
            ),
            ([], 400, "model_id is missing"), ([("model_id", "")], 400, "model_id is missing"),
            ([("model", "x")], 400, "is no parameter; allowed: model_id, account, region"),
            ([("model_id", "a"), ("model_id", "b")], 400, "given twice"),
        ] as [([(String, String)], Int, String)] {
            let answer = try respond(board, query)
            #expect(answer.response.status == status)
            #expect((answer.json["error"] as? String)?.contains(reason) == true, "\(reason)")
        }
    }

    @Test("an unchanged answer is 304, for a sixth of the polling interval nobody need ask")
    func caching() throws {
        let board = board(region("us-east-1", [.crossRegion: 0.5]))
        let query = [("model_id", "us.\(sonnet)")]
        let first = try respond(board, query).response
        #expect(first.header("Cache-Control") == "max-age=10")
        let tag = try #require(first.header("ETag"))
        #expect(try respond(board, query, tag: tag).response.status == 304)
        board.take(region("us-east-1", [.crossRegion: 0.6]))
        #expect(try respond(board, query, tag: tag).response.status == 200)
    }

    @Test("Regions that are polled no more are forgotten")
    func forgotten() throws {
        let board = board(region("us-east-1", [.crossRegion: 0.5]), region("us-west-2", [.crossRegion: 0.1]))
        board.keep([RegionKey(account: "prod", region: "us-west-2")])
        let answer = try respond(board, [("model_id", "us.\(sonnet)")])
        #expect(pools(answer.json).map { $0["region"] as? String } == ["us-west-2"])
        board.keep([])
        #expect(try respond(board, [("model_id", "us.\(sonnet)")]).response.status == 404)
    }
}
