import HTTPServer
import RemoteWriteDecoder
import Synchronization

/// A receiver on loopback that is as strict as Prometheus without an out-of-order window, or takes everything as
/// VictoriaMetrics does, and fails by a script.
final class RemoteWriteReceiver: Sendable {
    /// What happens to one request; without a script every request is taken.
    enum Turn: Sendable {
        case answer(Int, headers: [(name: String, value: String)] = [])
        /// Takes the samples and answers an error: an answer that was lost.
        case takeAnd(Int)
    }

    struct Sample: Equatable, Sendable {
        let milliseconds: Int64
        let value: Double
    }

    private struct State {
        var script: [Turn] = []
        var samples: [String: [Sample]] = [:]
        var refusedModels: Set<String> = []
        var takesOldSamples = false
        var requests: [HTTPRequest] = []
        var repeats = 0
        var problems: [String] = []
    }

    private let state = Mutex(State())
    private let server = Mutex<HTTPServer?>(nil)

    /// Listens; returns the URL.
    func start(on port: String = "0") throws -> String {
        let server = HTTPServer(
            limits: HTTPServerLimits(), onEvent: { _ in },
            handler: { [weak self] request in self?.answer(request) ?? .text(500, "gone") })
        let address = try server.start(ListenAddress("127.0.0.1:\(port)"))
        self.server.withLock { $0 = server }
        return "http://\(address)/api/v1/write"
    }

    func stop() async {
        await server.withLock { $0 }?.stop(drain: .zero)
    }

    func script(_ turns: [Turn]) { state.withLock { $0.script += turns } }
    func refuse(model: String) { state.withLock { _ = $0.refusedModels.insert(model) } }
    /// From now on old samples are taken, and replace what has their time.
    func takeOldSamples() { state.withLock { $0.takesOldSamples = true } }
    var samples: [String: [Sample]] { state.withLock { $0.samples } }
    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    /// Samples that came a second time.
    var repeats: Int { state.withLock { $0.repeats } }
    var problems: [String] { state.withLock { $0.problems } }

    private func answer(_ request: HTTPRequest) -> HTTPResponse {
        state.withLock { state in
            state.requests.append(request)
            guard !state.script.isEmpty else { return take(request, &state) }
            switch state.script.removeFirst() {
            case .answer(let status, let headers):
                return HTTPResponse(status: status, headers: headers, body: .bytes(Array("scripted".utf8)))
            case .takeAnd(let status):
                _ = take(request, &state)
                return .text(status, "scripted")
            }
        }
    }

    /// All samples of a request, or none and 400, as Prometheus 2.42 does.
    private func take(_ request: HTTPRequest, _ state: inout State) -> HTTPResponse {
        let decoded: DecodedRequest
        do {
            decoded = try DecodedRequest(body: request.body)
        } catch {
            state.problems.append("cannot be decoded: \(error)")
            return .text(400, "cannot be decoded")
        }
        for series in decoded.series {
            if series.labels.contains(where: {
                $0.name == "model_id" && state.refusedModels.contains($0.value)
            }) {
                return .text(400, "label value too long")
            }
            let names = series.labels.map(\.name)
            if names != names.sorted() || Set(names).count != names.count {
                state.problems.append("labels: \(names)")
            }
            for sample in series.samples where !state.takesOldSamples {
                guard let last = state.samples[series.text]?.last else { continue }
                if sample.milliseconds < last.milliseconds { return .text(400, "out of order sample") }
                if sample.milliseconds == last.milliseconds, sample.value != last.value {
                    return .text(400, "duplicate sample for timestamp")
                }
            }
        }
        for series in decoded.series {
            for sample in series.samples {
                let new = Sample(milliseconds: sample.milliseconds, value: sample.value)
                var samples = state.samples[series.text] ?? []
                if samples.contains(new) { state.repeats += 1 }
                samples.removeAll { $0.milliseconds == new.milliseconds }
                samples.insert(
                    new, at: samples.lastIndex { $0.milliseconds < new.milliseconds }.map { $0 + 1 } ?? 0)
                state.samples[series.text] = samples
            }
        }
        return HTTPResponse(status: 204)
    }
}
