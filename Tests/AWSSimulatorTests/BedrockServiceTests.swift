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
                modelRegions: ["*"]))
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
