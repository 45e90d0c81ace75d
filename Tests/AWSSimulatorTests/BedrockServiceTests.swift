import FoundationEssentials
import Testing

@testable import AWSSimulator

@Suite struct BedrockServiceTests {
    private func scenario() -> SimulatedScenario {
        var scenario = SimulatedScenario()
        scenario.profiles = (1...5).map {
            SimulatedProfile(
                regions: ["ap-southeast-1"], id: "global.m\($0)", name: "M\($0)", modelID: "m\($0)",
                modelRegions: ["", "*"])
        }
        scenario.profiles.append(
            SimulatedProfile(
                regions: ["ap-southeast-1"], kind: .application, id: "abc", name: "App", modelID: "m1",
                modelRegions: ["*"], tags: ["team": "a", "app": "b"]))
        scenario.models = [
            SimulatedModel(
                id: "m1", name: "Model One", provider: "P",
                inferenceTypes: ["ON_DEMAND", "INFERENCE_PROFILE"])
        ]
        return scenario
    }

    @Test("The application profiles as they go over the wire") func literalProfiles() {
        #expect(
            SimulatedWorld(scenario()).text(Signed.get("/inference-profiles", [("type", "APPLICATION")]))
                == #"{"inferenceProfileSummaries":[{"createdAt":"2026-02-17T00:00:00Z","description":"Routes requests to m1.","#
                + #""inferenceProfileArn":"arn:aws:bedrock:ap-southeast-1:111122223333:application-inference-profile/abc","#
                + #""inferenceProfileId":"abc","inferenceProfileName":"App","#
                + #""models":[{"modelArn":"arn:aws:bedrock:ap-southeast-1::foundation-model/m1"}],"#
                + #""status":"ACTIVE","type":"APPLICATION","updatedAt":"2026-02-17T00:00:00Z"}]}"#)
    }

    @Test("Custom model deployments and their models as they go over the wire, of their Region alone")
    func deployments() {
        var scenario = scenario()
        scenario.deployments = ["ap-southeast-1", "eu-west-1"].map {
            SimulatedDeployment(
                region: $0, id: "a1b2c3d4e5f6", name: "tickets", baseModel: "amazon.nova-lite-v1:0:300k")
        }
        let world = SimulatedWorld(scenario)
        let model =
            "arn:aws:bedrock:ap-southeast-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/a1b2c3d4e5f6"
        #expect(
            world.text(Signed.get("/model-customization/custom-model-deployments"))
                == #"{"modelDeploymentSummaries":[{"createdAt":"2026-02-17T00:00:00Z","customModelDeploymentArn":"#
                + #""arn:aws:bedrock:ap-southeast-1:111122223333:custom-model-deployment/a1b2c3d4e5f6","#
                + #""customModelDeploymentName":"tickets","modelArn":"\#(model)","status":"Active"}]}"#)
        #expect(
            world.text(Signed.get("/custom-models"))
                == #"{"modelSummaries":[{"baseModelArn":"arn:aws:bedrock:ap-southeast-1::foundation-model/amazon.nova-lite-v1:0:300k","#
                + #""baseModelName":"amazon.nova-lite-v1","creationTime":"2026-02-17T00:00:00Z","customizationType":"FINE_TUNING","#
                + #""modelArn":"\#(model)","modelName":"tickets"}]}"#)
    }

    @Test("Tags of a profile by its ARN, in the Region that lists it") func tags() {
        func answer(_ id: String, _ method: String = "POST") -> (
            response: SimulatedResponse, entry: RequestLog.Entry
        ) {
            let arn = "arn:aws:bedrock:ap-southeast-1:111122223333:application-inference-profile/\(id)"
            return SimulatedWorld(scenario()).respond(
                to: SimulatedRequest(
                    method: method, path: "/listTagsForResource", headers: Signed.headers(.bedrock),
                    body: Array(#"{"resourceARN":"\#(arn)"}"#.utf8)), now: midnight)
        }
        #expect(
            answer("abc").response.text
                == #"{"tags":[{"key":"app","value":"b"},{"key":"team","value":"a"}]}"#)
        #expect(answer("abc").entry.operation == .listTagsForResource)
        #expect(answer("xyz").response.status == 404)
        #expect(answer("xyz").entry.errorCode == "ResourceNotFoundException")
        #expect(answer("abc", "GET").response.status == 404)
    }

    @Test("Without a type only the system's profiles are listed, with Region-less ARNs for global ones")
    func defaults() {
        let text = SimulatedWorld(scenario()).text(Signed.get("/inference-profiles"))
        #expect(!text.contains("APPLICATION"))
        #expect(text.contains(#"{"modelArn":"arn:aws:bedrock:::foundation-model/m5"}"#))
        #expect(
            text
                == SimulatedWorld(scenario()).text(
                    Signed.get("/inference-profiles", [("type", "SYSTEM_DEFINED")])))
    }

    @Test("Profiles come in pages") func paging() throws {
        let world = SimulatedWorld(scenario())
        var ids: [Int] = []
        var token: String?
        for _ in 0..<3 {
            var query = [(name: "maxResults", value: "2")]
            if let token { query.append(("nextToken", token)) }
            let text = world.text(Signed.get("/inference-profiles", query))
            ids.append(text.split(separator: "inferenceProfileId").count - 1)
            token = text.split(separator: #""nextToken":""#).dropFirst().first?.split(separator: "\"").first
                .map(String.init)
        }
        #expect(ids == [2, 2, 1])
        #expect(token == nil)
    }

    @Test("The foundation models as they go over the wire") func literalModels() {
        #expect(
            SimulatedWorld(scenario()).text(Signed.get("/foundation-models"))
                == #"{"modelSummaries":[{"modelArn":"arn:aws:bedrock:ap-southeast-1::foundation-model/m1","modelId":"m1","#
                + #""modelName":"Model One","providerName":"P","inferenceTypesSupported":["ON_DEMAND","INFERENCE_PROFILE"],"#
                + #""inputModalities":["TEXT"],"outputModalities":["TEXT"],"modelLifecycle":{"status":"ACTIVE"},"#
                + #""responseStreamingSupported":true}]}"#)
    }

    @Test("A legacy model names its times") func lifecycle() {
        var scenario = scenario()
        scenario.models[0].isLegacy = true
        scenario.models[0].lifecycleTimes = ["endOfLifeTime": "2027-03-01T00:00:00Z"]
        #expect(
            SimulatedWorld(scenario).text(Signed.get("/foundation-models")).contains(
                #""modelLifecycle":{"status":"LEGACY","endOfLifeTime":"2027-03-01T00:00:00Z"}"#))
    }

    @Test("Batch jobs after a time, the newest first, with records once these are counted") func batchJobs() {
        var scenario = scenario()
        scenario.batchJobs = [
            SimulatedBatchJob(
                region: "ap-southeast-1", id: "old", modelID: "m1", ageSeconds: 7200, records: 100,
                recordsPerMinute: 1),
            SimulatedBatchJob(
                region: "ap-southeast-1", id: "new", modelID: "m1", ageSeconds: 60, status: "Validating"),
            SimulatedBatchJob(region: "ap-southeast-3", id: "elsewhere", modelID: "m1", ageSeconds: 60),
            SimulatedBatchJob(region: "ap-southeast-1", id: "ancient", modelID: "m1", ageSeconds: 86_400 * 9),
        ]
        let query = [(name: "submitTimeAfter", value: "\(Self.time(midnight - 86_400))")]
        let text = SimulatedWorld(scenario).text(Signed.get("/model-invocation-jobs", query))
        let parts = text.split(separator: "\"jobName\":\"job-").dropFirst().map(String.init)
        #expect(parts.map { $0.prefix(3) } == ["new", "old"])
        #expect(parts[0].contains(#""status":"Validating""#) && !parts[0].contains("RecordCount"))
        #expect(
            parts[1].contains(
                #""totalRecordCount":100,"processedRecordCount":100,"successRecordCount":100,"errorRecordCount":0"#
            ))
        #expect(parts[1].contains(#""status":"Completed""#))
    }

    private static func time(_ epochSeconds: Double) -> String {
        Date(timeIntervalSince1970: epochSeconds).formatted(.iso8601)
    }

    @Test(
        "Wrong parameters are refused",
        arguments: [
            ("type", "OTHER"), ("maxResults", "0"), ("maxResults", "1001"), ("maxResults", "x"),
            ("nextToken", "x"),
        ])
    func refused(name: String, value: String) {
        let (response, entry) = SimulatedWorld(scenario()).respond(
            to: Signed.get("/inference-profiles", [(name, value)]), now: midnight)
        #expect(response.status == 400)
        #expect(response.header("x-amzn-errortype") == "ValidationException")
        #expect(entry.errorCode == "ValidationException")
    }
}
