import QuotaModel
import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("Service Quotas client")
struct ServiceQuotasClientTests {
    private func quota(_ code: String, _ value: String, adjustable: Bool = true) -> String {
        "{\"ServiceCode\":\"bedrock\",\"QuotaCode\":\"\(code)\",\"QuotaName\":\"name of \(code)\",\"Value\":\(value),\"Unit\":\"None\",\"Adjustable\":\(adjustable)}"
    }

    @Test("applied and default values are merged by code")
    func merge() async throws {
        let fixture = CallerFixture([
            .ok(
                "{\"Quotas\":[\(quota("L-2", "20", adjustable: false)),\(quota("L-1", "10"))],\"NextToken\":\"n\"}"
            ),
            .ok("{\"Quotas\":[\(quota("L-3", "30"))]}"),
            .ok(
                "{\"Quotas\":[\(quota("L-1", "5")),\(quota("L-4", "0")),\(quota("L-1", "99")),\(quota("L-3", "null"))]}"
            ),
        ])
        let quotas = try await fixture.serviceQuotas.listQuotas()
        func listed(_ code: String, _ applied: Double?, _ standard: Double?, _ adjustable: Bool = true)
            -> ListedQuota
        {
            ListedQuota(
                code: code, name: "name of \(code)", appliedValue: applied, defaultValue: standard,
                isAdjustable: adjustable)
        }
        #expect(
            quotas == [
                listed("L-1", 5, 10), listed("L-2", nil, 20, false), listed("L-4", 0, nil),
            ])
        let targets = fixture.transport.requests.map { $0.headers.first { $0.name == "X-Amz-Target" }?.value }
        #expect(
            targets == [
                "ServiceQuotasV20190624.ListAWSDefaultServiceQuotas",
                "ServiceQuotasV20190624.ListAWSDefaultServiceQuotas",
                "ServiceQuotasV20190624.ListServiceQuotas",
            ])
        #expect(
            fixture.transport.requests.allSatisfy {
                $0.url == "https://servicequotas.us-east-1.amazonaws.com/"
            })
        #expect(fixture.transport.bodies[1].contains("\"NextToken\":\"n\""))
        #expect(
            fixture.transport.bodies.allSatisfy {
                $0.contains("\"MaxResults\":100") && $0.contains("\"ServiceCode\":\"bedrock\"")
            })
    }

    @Test("throttles are waited out")
    func throttled() async throws {
        let fixture = CallerFixture([
            .status(400, "{\"__type\":\"TooManyRequestsException\"}"), .ok("{\"Quotas\":[]}"),
            .ok("{\"Quotas\":[]}"),
        ])
        #expect(try await fixture.serviceQuotas.listQuotas() == [])
        #expect(fixture.manual.sleeps.count == 1)
    }

    @Test("a quota that cannot be used is left out, alone, and counted; its default does not stand in for it")
    func unusable() async throws {
        func page(_ entries: String...) -> ScriptedTransport.Answer {
            .ok("{\"Quotas\":[\(entries.joined(separator: ","))]}")
        }
        func quota(_ code: String, _ value: String) -> String {
            "{\"QuotaCode\":\"\(code)\",\"QuotaName\":\"n\",\"Value\":\(value)}"
        }
        let fixture = CallerFixture([
            page(quota("L-1", "10"), quota("L-2", "20"), quota("L-3", "-1"), "{\"QuotaCode\":7}"),
            page(quota("L-1", "\"x\""), quota("L-2", "-20"), quota("L-3", "30"), quota("L-4", "1e999")),
        ])
        let quotas = try await fixture.serviceQuotas.listQuotas()
        #expect(quotas.map(\.code) == ["L-3"])
        #expect(quotas.first?.appliedValue == 30 && quotas.first?.defaultValue == nil)
        #expect(fixture.observer.leftOut == ["unusable_quota": 5])
    }

    @Test("beyond the last page that is read, a listing is used as far as it goes, and that is counted")
    func manyPages() async throws {
        let fixture = CallerFixture(
            ScriptedTransport { _, number in
                .ok("{\"Metrics\":[{\"MetricName\":\"m\(number)\"}],\"NextToken\":\"n\(number)\"}")
            })
        let metrics = try await fixture.cloudWatch.listMetrics(namespace: "n", recentlyActive: false).metrics
        #expect(metrics.count == 100 && fixture.transport.requests.count == 100)
        #expect(fixture.observer.leftOut == ["page_limit": 1])
    }

    @Test(
        "a page that cannot be read fails the whole listing",
        arguments: [
            "{}", "{\"Quotas\":[{}]}",
            "{\"Quotas\":[{\"QuotaCode\":\"L\",\"QuotaName\":\"n\",\"Value\":\"x\"}]}",
            "{\"Quotas\":[{\"QuotaCode\":\"L\",\"QuotaName\":\"n\",\"Value\":-1}]}",
        ])
    func malformed(body: String) async {
        let fixture = CallerFixture([.ok(body)])
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.serviceQuotas.listQuotas()
        }
        #expect(error?.kind == .malformedAnswer)
        #expect(error?.operation == "ListAWSDefaultServiceQuotas")
    }
}

@Suite("Bedrock client")
struct BedrockClientTests {
    @Test("tags are asked for by a JSON body, and the first of equal keys counts")
    func tags() async throws {
        let fixture = CallerFixture([
            .ok(
                "{\"tags\":[{\"key\":\"team\",\"value\":\"a b\"},{\"key\":\"app\",\"value\":\"\"},{\"key\":\"team\",\"value\":\"c\"}]}"
            ), .ok("{}"),
        ])
        #expect(try await fixture.bedrock.listTags(ofResource: "arn:x") == ["team": "a b", "app": ""])
        #expect(try await fixture.bedrock.listTags(ofResource: "arn:x") == [:])
        let request = try #require(fixture.transport.requests.first)
        #expect(request.method == "POST")
        #expect(request.url == "https://bedrock.us-east-1.amazonaws.com/listTagsForResource")
        #expect(request.headers.contains { $0.name == "Content-Type" && $0.value == "application/json" })
        #expect(String(decoding: request.body, as: UTF8.self) == "{\"resourceARN\":\"arn:x\"}")
        #expect(request.signing?.service == "bedrock")
    }

    @Test("both kinds of profiles are listed, with sorted and encoded parameters")
    func profiles() async throws {
        let fixture = CallerFixture([
            .ok(
                "{\"inferenceProfileSummaries\":[{\"inferenceProfileId\":\"us.m\",\"inferenceProfileName\":\"US M\",\"type\":\"SYSTEM_DEFINED\",\"status\":\"ACTIVE\",\"models\":[{\"modelArn\":\"arn:1\"},{\"modelArn\":\"arn:2\"}]}],\"nextToken\":\"a+b/=\"}"
            ), .ok("{\"inferenceProfileSummaries\":[]}"),
            .ok(
                "{\"inferenceProfileSummaries\":[{\"inferenceProfileId\":\"82ey7vcct4m3\",\"inferenceProfileArn\":\"arn:3\",\"type\":\"APPLICATION\",\"models\":[]}]}"
            ),
        ])
        #expect(
            try await fixture.bedrock.listInferenceProfiles() == [
                InferenceProfile(
                    id: "us.m", name: "US M", kind: .systemDefined, modelARNs: ["arn:1", "arn:2"]),
                InferenceProfile(
                    id: "82ey7vcct4m3", name: "", kind: .application, modelARNs: [], arn: "arn:3"),
            ])
        let base = "https://bedrock.us-east-1.amazonaws.com/inference-profiles?maxResults=1000"
        #expect(
            fixture.transport.requests.map(\.url) == [
                "\(base)&type=SYSTEM_DEFINED", "\(base)&nextToken=a%2Bb%2F%3D&type=SYSTEM_DEFINED",
                "\(base)&type=APPLICATION",
            ])
        #expect(
            fixture.transport.requests.allSatisfy {
                $0.method == "GET" && $0.body.isEmpty && $0.signing?.service == "bedrock"
            })
    }

    @Test("foundation models are listed")
    func models() async throws {
        let fixture = CallerFixture([
            .ok(
                "{\"modelSummaries\":[{\"modelArn\":\"arn\",\"modelId\":\"a.b\",\"modelName\":\"B\",\"providerName\":\"A\",\"inferenceTypesSupported\":[\"ON_DEMAND\",\"INFERENCE_PROFILE\"]},{\"modelId\":\"c\"}]}"
            )
        ])
        #expect(
            try await fixture.bedrock.listFoundationModels() == [
                FoundationModel(
                    modelID: "a.b", name: "B", provider: "A",
                    inferenceTypes: ["ON_DEMAND", "INFERENCE_PROFILE"]),
                FoundationModel(modelID: "c", name: "", provider: "", inferenceTypes: []),
            ])
        #expect(
            fixture.transport.requests.first?.url
                == "https://bedrock.us-east-1.amazonaws.com/foundation-models")
    }

    @Test("custom model deployments are listed page by page, their bases found in the list of custom models")
    func deployments() async throws {
        let prefix = "arn:aws:bedrock:us-east-1:111122223333:"
        let fixture = CallerFixture([
            .ok(
                "{\"modelSummaries\":[{\"modelArn\":\"\(prefix)custom-model/amazon.nova/m1\",\"modelName\":\"m\",\"baseModelArn\":\"arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k\"},{\"modelArn\":\"\(prefix)custom-model/x/m2\"}]}"
            ),
            .ok(
                "{\"modelDeploymentSummaries\":[{\"customModelDeploymentArn\":\"\(prefix)custom-model-deployment/d1\",\"customModelDeploymentName\":\"tickets\",\"modelArn\":\"\(prefix)custom-model/amazon.nova/m1\",\"status\":\"Active\"}],\"nextToken\":\"t+\"}"
            ),
            .ok(
                "{\"modelDeploymentSummaries\":[{\"customModelDeploymentArn\":\"\(prefix)custom-model-deployment/d2\"}]}"
            ),
        ])
        let bases = try await fixture.bedrock.listCustomModelBases()
        let found = try await fixture.bedrock.listCustomModelDeployments(bases: bases)
        #expect(
            found == [
                CustomModelDeployment(
                    arn: "\(prefix)custom-model-deployment/d1", name: "tickets",
                    modelARN: "\(prefix)custom-model/amazon.nova/m1", baseModel: "amazon.nova-lite-v1:0"),
                CustomModelDeployment(
                    arn: "\(prefix)custom-model-deployment/d2", name: "", modelARN: "", baseModel: nil),
            ])
        let base = "https://bedrock.us-east-1.amazonaws.com"
        let deployments = "\(base)/model-customization/custom-model-deployments?maxResults=1000"
        #expect(
            fixture.transport.requests.map(\.url) == [
                "\(base)/custom-models?maxResults=1000", deployments, "\(deployments)&nextToken=t%2B",
            ])
    }

    @Test(
        "a model's lifecycle is read as far as it can be; what cannot be read is not known, and hides no model"
    )
    func lifecycle() async throws {
        let bodies = [
            #"{"status":"LEGACY","startOfLifeTime":"2025-01-01T00:00:00Z","legacyTime":"2026-05-01T00:00:00Z","#
                + #""publicExtendedAccessTime":"2026-08-01T00:00:00.5Z","endOfLifeTime":"2026-12-15T00:00:00Z"}"#,
            #"{"status":"ACTIVE"}"#, #"{"status":"RETIRED","endOfLifeTime":"soon"}"#, #"{"status":7}"#, "[]",
            "null", #"{"status":"ACTIVE","legacyTime":null,"endOfLifeTime":1797292800}"#,
            #"{"endOfLifeTime":"2026-12-15T00:00:00Z"}"#,
            #"{"status":"\#(String(repeating: "x", count: 1000))"}"#,
        ]
        let models = bodies.enumerated().map {
            #"{"modelId":"a.m\#($0.offset)","modelLifecycle":\#($0.element)}"#
        }
        let fixture = CallerFixture([.ok(#"{"modelSummaries":[\#(models.joined(separator: ","))]}"#)])
        #expect(
            try await fixture.bedrock.listFoundationModels().map(\.lifecycle) == [
                ModelLifecycle(
                    isLegacy: true, legacyFrom: 1_777_593_600, extendedAccessFrom: 1_785_542_400.5,
                    endOfLife: 1_797_292_800),
                ModelLifecycle(isLegacy: false),
                ModelLifecycle(isLegacy: nil, unread: ["status RETIRED", "endOfLifeTime soon"]),
                ModelLifecycle(isLegacy: nil, unread: ["status of another type"]),
                ModelLifecycle(isLegacy: nil, unread: ["modelLifecycle"]), nil,
                ModelLifecycle(isLegacy: false, unread: ["endOfLifeTime of another type"]),
                ModelLifecycle(isLegacy: nil, endOfLife: 1_797_292_800, unread: ["status is missing"]),
                ModelLifecycle(isLegacy: nil, unread: ["status " + String(repeating: "x", count: 40)]),
            ])
    }

    @Test("batch jobs are listed page by page from a time on, each once")
    func batchJobs() async throws {
        func job(_ id: Int, _ rest: String) -> String {
            #"{"jobArn":"arn:\#(id)","jobName":"j","modelId":"a.b","roleArn":"r","submitTime":"2026-11-28T00:00:00Z"\#(rest)}"#
        }
        let counts =
            #","totalRecordCount":100,"processedRecordCount":30,"successRecordCount":28,"errorRecordCount":2"#
        let fixture = CallerFixture([
            .ok(
                #"{"invocationJobSummaries":[\#(job(1, #","status":"InProgress""# + counts)),\#(job(2, #","status":"Submitted""#))],"nextToken":"t="}"#
            ),
            .ok(
                #"{"invocationJobSummaries":[\#(job(2, #","status":"Submitted""#)),\#(job(3, #","status":"Paused""#)),\#(job(4, ""))]}"#
            ),
        ])
        #expect(
            try await fixture.bedrock.listBatchJobs(submittedAfter: 1_763_719_200.7) == [
                BatchJob(
                    modelID: "a.b", status: .inProgress,
                    records: BatchRecords(pending: 70, success: 28, error: 2)),
                BatchJob(modelID: "a.b", status: .submitted), BatchJob(modelID: "a.b", status: .unknown),
                BatchJob(modelID: "a.b", status: .unknown),
            ])
        let base = "https://bedrock.us-east-1.amazonaws.com/model-invocation-jobs?maxResults=1000"
        #expect(
            fixture.transport.requests.map(\.url) == [
                "\(base)&submitTimeAfter=2025-11-21T10%3A00%3A00Z",
                "\(base)&nextToken=t%3D&submitTimeAfter=2025-11-21T10%3A00%3A00Z",
            ])
        #expect(
            try await CallerFixture([.ok("{}")]).bedrock.listBatchJobs(submittedAfter: 0).isEmpty,
            "no member is required")
    }

    @Test("more batch jobs than are read are an error: some are no answer to how many there are")
    func manyBatchJobs() async {
        let fixture = CallerFixture(
            ScriptedTransport { _, number in .ok(#"{"invocationJobSummaries":[],"nextToken":"t\#(number)"}"#)
            })
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.bedrock.listBatchJobs(submittedAfter: 0)
        }
        #expect(error?.kind == .malformedAnswer && error?.code == "page_limit")
        #expect(fixture.transport.requests.count == AWSDefaults.maximumBatchJobPages)
    }

    @Test("profiles that go round are an error")
    func loop() async {
        let fixture = CallerFixture(
            ScriptedTransport { _, _ in .ok("{\"inferenceProfileSummaries\":[],\"nextToken\":\"t\"}") })
        let error = await awsError { () async throws(AWSError) in
            _ = try await fixture.bedrock.listInferenceProfiles()
        }
        #expect(error?.kind == .malformedAnswer)
        #expect(fixture.transport.requests.count == 2)
    }

    @Test("an answer cut at any byte is an error")
    func truncation() async {
        let whole = Array("{\"modelSummaries\":[{\"modelId\":\"c\"}]}".utf8)
        for length in 0..<whole.count {
            let fixture = CallerFixture([
                .success(TransportResponse(status: 200, body: Array(whole[..<length])))
            ])
            let error = await awsError { () async throws(AWSError) in
                _ = try await fixture.bedrock.listFoundationModels()
            }
            #expect(error?.kind == .malformedAnswer)
        }
    }
}
