/// The services over one scenario: a request and a time go in, an answer and its log entry come out.
struct SimulatedWorld: Sendable {
    let scenario: SimulatedScenario
    private let metrics: [String: RegionMetrics]
    private let cache = TrafficCache()

    init(_ scenario: SimulatedScenario) {
        self.scenario = scenario
        let regions = Set(scenario.traffic.map(\.region) + scenario.series.map(\.region))
        var metrics: [String: RegionMetrics] = [:]
        for region in regions {
            metrics[region] = RegionMetrics(
                traffic: scenario.traffic.filter { $0.region == region },
                series: scenario.series.filter { $0.region == region })
        }
        self.metrics = metrics
    }

    /// Answers one request at `now` (Unix seconds); the hook is asked once for a request that is accepted.
    func respond(
        to request: SimulatedRequest, now: Double, hook: (any SimulatorHook)? = nil
    ) -> (response: SimulatedResponse, entry: RequestLog.Entry) {
        let service = SimulatedService(addressedBy: request)
        let operation = SimulatedOperation(request, of: service)
        var entry = RequestLog.Entry(epochSeconds: now, operation: operation)
        var response: SimulatedResponse
        do throws(ServiceError) {
            let region = try RequestSignature.checked(request, to: service, now: now).region
            entry.region = region
            guard let operation else {
                throw ServiceError(
                    .unknownOperation, "The simulator does not have this operation of \(service.rawValue).")
            }
            let services = { answer(operation, request, region, now, &entry) }
            response =
                hook?.answer(request, operation, region: region, services: services) ?? services()
        } catch {
            response = error.response(for: service)
            entry.errorCode = error.code(for: service)
        }
        response.headers.append(("x-amzn-RequestId", SimulatedResponse.requestID))
        entry.status = response.status
        return (response, entry)
    }

    private func answer(
        _ operation: SimulatedOperation, _ request: SimulatedRequest, _ region: String, _ now: Double,
        _ entry: inout RequestLog.Entry
    ) -> SimulatedResponse {
        do throws(ServiceError) {
            return SimulatedResponse(
                status: 200, headers: [("Content-Type", operation.service.contentType)],
                body: try perform(operation, request, region, now, &entry.metricsRequested))
        } catch {
            entry.errorCode = error.code(for: operation.service)
            return error.response(for: operation.service)
        }
    }

    private func perform(
        _ operation: SimulatedOperation, _ request: SimulatedRequest, _ region: String, _ now: Double,
        _ metricsRequested: inout Int
    ) throws(ServiceError) -> [UInt8] {
        let cloudWatch = CloudWatchService(
            scenario: scenario, metrics: metrics[region] ?? .none, cache: cache, now: now)
        let quotas = ServiceQuotasService(scenario: scenario, region: region)
        let bedrock = BedrockService(scenario: scenario, region: region)
        switch operation {
        case .getMetricData:
            let input = try JSONInput.decoded(MetricDataInput.self, from: request.body)
            let answer = try cloudWatch.getMetricData(input)
            metricsRequested = input.MetricDataQueries.count
            return answer
        case .listMetrics:
            return try cloudWatch.listMetrics(
                try JSONInput.decoded(ListMetricsInput.self, from: request.body))
        case .listServiceQuotas: return try quotas.listApplied(request.body)
        case .listAWSDefaultServiceQuotas: return try quotas.listDefaults(request.body)
        case .listInferenceProfiles: return try bedrock.listInferenceProfiles(request)
        case .listFoundationModels: return bedrock.listFoundationModels()
        case .listCustomModelDeployments: return try bedrock.listCustomModelDeployments(request)
        case .listCustomModels: return try bedrock.listCustomModels(request)
        case .listTagsForResource:
            return try bedrock.listTags(try JSONInput.decoded(ListTagsInput.self, from: request.body))
        case .listModelInvocationJobs: return try bedrock.listModelInvocationJobs(request, now: now)
        // Model invocation logging is off.
        case .getModelInvocationLoggingConfiguration: return Array("{}".utf8)
        case .getCallerIdentity: return SecurityTokenService.callerIdentity(account: scenario.account)
        }
    }
}

/// Answers STS's GetCallerIdentity in the query protocol.
enum SecurityTokenService {
    static let namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    static func callerIdentity(account: String) -> [UInt8] {
        let text = """
            <GetCallerIdentityResponse xmlns="\(namespace)">
              <GetCallerIdentityResult>
                <Arn>arn:aws:iam::\(account):user/simulated</Arn>
                <UserId>AIDASIMULATEDUSER001</UserId>
                <Account>\(account)</Account>
              </GetCallerIdentityResult>
              <ResponseMetadata>
                <RequestId>\(SimulatedResponse.requestID)</RequestId>
              </ResponseMetadata>
            </GetCallerIdentityResponse>

            """
        return Array(text.utf8)
    }
}
