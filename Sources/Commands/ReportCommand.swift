import History
import QuotaModel
import Reading
import SQLite
import UsageStore

extension Flag {
    static let reportFormat = choice(
        "format", "FORMAT", of: ReportCommand.Format.allCases.map(\.rawValue),
        default: ReportCommand.Format.markdown.rawValue)
    static let reportStart = Flag(
        name: "start", valueName: "TIME", defaultValue: "30d before the end", help: "As for query.")
    static let headroom = Flag(
        name: "headroom", valueName: "RATIO", defaultValue: "0.7",
        help: "Share of the quota that peaks may use, for the quota that is needed.")
    static let plan = Flag(
        name: "plan", valueName: "PLAN", defaultValue: nil,
        help:
            "What a load would take: rpm=100,input=10000,output=5000,model=ID[,cache_write=0][,scope=global]."
    )
}

/// `report`: the figures that a request for a higher quota asks for, or what a planned load would take.
struct ReportCommand {
    enum Format: String, CaseIterable {
        case markdown
        case json
    }

    private let invocation: Invocation
    private let format: Format
    private let headroom: Double
    private let plan: UsagePlan?
    private let query: UsageQuery
    private let parameters: UsageParameters

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        let text = invocation[.reportFormat] ?? Format.markdown.rawValue
        guard let format = Format(rawValue: text) else {
            throw Invocation.UsageError(
                description: "--format: \"\(text)\" is not known; allowed: markdown, json")
        }
        self.format = format
        let ratio = invocation[.headroom] ?? "\(Headroom.standard)"
        guard let headroom = Headroom.parse(ratio) else {
            throw Invocation.UsageError(
                description: "--headroom: \"\(ratio)\" is not allowed; \(Headroom.allowedText)")
        }
        self.headroom = headroom
        do {
            plan = try invocation[.plan].map { try UsagePlan($0) }
        } catch {
            throw Invocation.UsageError(description: "--plan: \(error)")
        }
        var asked = invocation
        asked.values["format"] = nil
        asked.values["start"] = asked.values["start"] ?? "-30d"
        asked.values["step"] = "1d"
        parameters = try QueryFlags.parameters(asked, formats: [.json])
        query = parameters.query
    }

    func run() async throws -> Int32 {
        if let plan { return try await answer(plan) }
        let reader = try UsageReader.open(path: invocation.configurationLoader().storage.path)
        let series: [StoredSeries]
        do {
            series = try parameters.matching(try await reader.series())
        } catch let error as UsageRequestError {
            throw Invocation.UsageError(description: error.description)
        }
        let report = ReportReader(reader)
        let figures = try await report.figures(query, of: series)
        let overrides = try invocation.configurationLoader().quotas.overrides
        let batch = try await report.batch(figures, overrides: overrides)
        switch format {
        case .markdown:
            Output.print(
                ReportMarkdown.text(figures, batch: batch, range: query.range, headroom: headroom))
        case .json:
            let document = ReportDocument(figures, batch: batch, range: query.range, headroom: headroom)
            Output.print(String(decoding: try document.bytes(), as: UTF8.self))
        }
        return 0
    }

    /// Needs no store; with one, the plan is set against the quotas of its pools. One that is there and cannot be read
    /// is a failure, told beside the answer.
    private func answer(_ plan: UsagePlan) async throws -> Int32 {
        let configuration = try invocation.configurationLoader()
        let rates = configuration.quotas.rates
        var places: [PlanDocument.Place] = []
        var status: Int32 = 0
        do {
            let reader = try UsageReader.open(path: configuration.storage.path)
            places = try await ReportReader(reader).places(of: plan)
        } catch let error as StoreError {
            if error.cause != .badPath {
                Output.error("the plan is not set against quotas: \(error)")
                status = 1
            }
        }
        let document = PlanDocument(plan, rates: rates, places: places)
        switch format {
        case .markdown: Output.print(document.markdown)
        case .json: Output.print(String(decoding: try document.bytes(), as: UTF8.self))
        }
        return status
    }
}
