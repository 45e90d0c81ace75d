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

    /// Answers one request at `now` (Unix seconds); `takeFaults` is asked once for a request that is accepted.
    func respond(
        to request: SimulatedRequest, now: Double,
        takeFaults: (SimulatedOperation, String) -> [Fault] = { _, _ in [] }
    ) -> (response: SimulatedResponse, entry: RequestLog.Entry) {
        var entry = RequestLog.Entry(
            epochSeconds: now, operation: nil, region: "", account: "", status: 0, errorCode: nil,
            metricsRequested: 0)
        var service = Route.unsignedService(of: request)
        entry.operation = Route.operation(of: request, service: service)
        var response: SimulatedResponse
        do throws(ServiceError) {
            let caller = try Caller(request, expecting: entry.operation, scenario: scenario, now: now)
            (entry.region, entry.account) = (caller.region, caller.account)
            service = caller.service ?? service
            guard let operation = Route.operation(of: request, service: service) else {
                throw ServiceError(
                    .unknownOperation, "The simulator does not have this operation of \(service.rawValue).")
            }
            entry.operation = operation
            let faults = takeFaults(operation, caller.region)
            response = answer(operation, request, caller, faults, now, &entry)
        } catch {
            response = error.response(for: service)
            entry.errorCode = error.code(for: service)
        }
        response.headers.append(("x-amzn-RequestId", XMLText.requestID))
        entry.status = response.status
        return (response, entry)
    }

    private func answer(
        _ operation: SimulatedOperation, _ request: SimulatedRequest, _ caller: Caller, _ faults: [Fault],
        _ now: Double, _ entry: inout RequestLog.Entry
    ) -> SimulatedResponse {
        var response: SimulatedResponse
        do throws(ServiceError) {
            if let error = faults.lazy.compactMap(\.error).first { throw error }
            let answer = try perform(operation, request, caller, faults, now)
            entry.metricsRequested = answer.metricsRequested
            entry.published = answer.published
            response = SimulatedResponse(
                status: 200, headers: [("Content-Type", operation.service.contentType)], body: answer.body)
        } catch {
            response = error.response(for: operation.service)
            entry.errorCode = error.code(for: operation.service)
        }
        for fault in faults { fault.apply(to: &response) }
        return response
    }

    private func perform(
        _ operation: SimulatedOperation, _ request: SimulatedRequest, _ caller: Caller, _ faults: [Fault],
        _ now: Double
    ) throws(ServiceError) -> ServiceAnswer {
        switch operation {
        case .getMetricData: try cloudWatch(caller, faults, now).getMetricData(request.body)
        case .listMetrics: try cloudWatch(caller, faults, now).listMetrics(request.body)
        case .listServiceQuotas: try quotas(caller, faults, now).listApplied(request.body)
        case .listAWSDefaultServiceQuotas: try quotas(caller, faults, now).listDefaults(request.body)
        case .listInferenceProfiles: try bedrock(caller, faults).listInferenceProfiles(request)
        case .listFoundationModels: bedrock(caller, faults).listFoundationModels()
        case .getCallerIdentity, .assumeRole, .assumeRoleWithWebIdentity:
            try SecurityTokenService(
                scenario: scenario, account: caller.account, now: now,
                parameters: FormBody.parameters(of: request)
            ).answer(operation)
        case .publish: try NotificationService.publish(FormBody.parameters(of: request))
        }
    }

    private func cloudWatch(_ caller: Caller, _ faults: [Fault], _ now: Double) -> CloudWatchService {
        CloudWatchService(
            scenario: scenario, metrics: metrics[caller.region] ?? .none, cache: cache, now: now,
            salt: caller.account == scenario.account ? 0 : Noise.seed(caller.account), faults: faults)
    }

    private func quotas(_ caller: Caller, _ faults: [Fault], _ now: Double) -> ServiceQuotasService {
        ServiceQuotasService(
            scenario: scenario, region: caller.region, account: caller.account, now: now, faults: faults)
    }

    private func bedrock(_ caller: Caller, _ faults: [Fault]) -> BedrockService {
        BedrockService(scenario: scenario, region: caller.region, account: caller.account, faults: faults)
    }
}
