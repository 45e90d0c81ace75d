/// Where the lines of a check go, one after the other.
struct CheckReport: Sendable {
    let tell: @Sendable (CheckLine) -> Void

    func ok(_ subject: String, _ detail: String) { tell(CheckLine(.ok, subject, detail)) }
    func warn(_ subject: String, _ detail: String) { tell(CheckLine(.warn, subject, detail)) }
    func fail(_ subject: String, _ detail: String) { tell(CheckLine(.fail, subject, detail)) }

    /// Nil where it throws, which is told.
    func attempt<Value>(
        _ subject: String, orElse verdict: CheckLine.Verdict = .fail, _ body: () async throws -> Value
    ) async -> Value? {
        do {
            return try await body()
        } catch {
            tell(CheckLine(verdict, subject, String(describing: error)))
            return nil
        }
    }

    /// As `attempt`, of a list, whose length is told.
    func count<List: Collection>(
        _ subject: String, _ items: String, orElse verdict: CheckLine.Verdict = .fail,
        _ body: () async throws -> List
    ) async -> List? {
        let list = await attempt(subject, orElse: verdict, body)
        if let list { ok(subject, "\(list.count) \(items)") }
        return list
    }
}
