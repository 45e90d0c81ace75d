import Synchronization
import System

/// HTTP on libcurl: one multi handle, driven by one thread of its own, with connections kept for reuse.
///
/// Proxies come from the environment (`HTTPS_PROXY`, `NO_PROXY`) as libcurl reads it. Redirects are not
/// followed.
package final class CurlTransport: HTTPTransport {
    private let inbox: CurlInbox

    /// Starts the thread; throws when libcurl or the thread cannot be set up, or the CA bundle cannot be
    /// read.
    package init(_ options: CurlOptions = CurlOptions()) throws(TransportError) {
        inbox = CurlInbox()
        try CurlWorker.start(options: options, inbox: inbox)
    }

    deinit {
        inbox.stop()
    }

    /// Sends once. Cancelling the task ends the transfer and closes its connection.
    package func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let ticket = CurlTicket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                inbox.submit(
                    CurlSubmission(
                        ticket: ticket, host: HostName.of(url: request.url), request: request,
                        continuation: continuation))
            }
        } onCancel: {
            ticket.cancel()
            inbox.wake(toCancel: ticket)
        }
        return try result.get()
    }
}

/// How the transport behaves for all requests.
package struct CurlOptions: Sendable {
    /// File of trusted certificates in PEM form; nil takes libcurl's own.
    package var caBundle: String?
    /// Sent with every request.
    package var userAgent: String
    /// Name lookup, TCP and TLS together; never longer than a request's own timeout.
    package var connectTimeout: Duration = HTTPClientLimits.connectTimeout
    /// A transfer below one byte a second for so many seconds fails as timed out.
    package var lowSpeedSeconds: Int = HTTPClientLimits.lowSpeedSeconds
    /// Transfers that run at once.
    package var maximumConcurrent: Int = HTTPClientLimits.maximumConcurrentTransfers
    /// Transfers that run at once to one host and port.
    package var maximumConcurrentPerHost: Int = HTTPClientLimits.maximumConcurrentTransfersPerHost
    /// Idle connections that are kept for reuse; with those in use, the most connections at a time.
    package var maximumIdleConnections: Int = HTTPClientLimits.maximumIdleConnections
    /// Requests that wait for a place before another is refused.
    package var maximumWaiting: Int = HTTPClientLimits.maximumWaitingRequests

    /// - Parameters:
    ///   - version: of this program, for `User-Agent`.
    ///   - caBundle: `ca_bundle` of a profile or of our configuration; `AWS_CA_BUNDLE`, then `SSL_CERT_FILE`
    ///     of the environment stand in for it.
    package init(version: String = "dev", caBundle: String? = nil, environment: [String: String] = [:]) {
        userAgent = "\(BuildInfo.name)/\(version)"
        let candidates = [caBundle, environment["AWS_CA_BUNDLE"], environment["SSL_CERT_FILE"]]
        self.caBundle = candidates.compactMap { $0 }.first { !$0.isEmpty }
    }
}

/// Identifies one `send` between the task and the thread.
package final class CurlTicket: Sendable {
    private let cancelled = Atomic(false)

    package var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// Set before the thread is told, so that a request which reaches it later is refused as well.
    package func cancel() { cancelled.store(true, ordering: .releasing) }
}

/// A request and who waits for its answer.
package struct CurlSubmission: Sendable {
    package let ticket: CurlTicket
    /// The request's host and port.
    package let host: String
    package let request: TransportRequest
    package let continuation: CheckedContinuation<Result<TransportResponse, TransportError>, Never>
}

/// What tasks hand to the thread, under one lock.
package final class CurlInbox: Sendable {
    private struct State {
        var submissions: [CurlSubmission] = []
        var hasCancellations = false
        var isStopped = false
        /// Nil before the thread has begun and after it ended.
        var waker: CurlWaker?
    }

    package struct Mail {
        var submissions: [CurlSubmission]
        var hasCancellations: Bool
        var isStopped: Bool
    }

    private let state = Mutex(State())

    package func submit(_ submission: CurlSubmission) {
        state.withLock {
            $0.submissions.append(submission)
            $0.waker?.wake()
        }
    }

    package func wake(toCancel ticket: CurlTicket) {
        state.withLock {
            $0.hasCancellations = true
            $0.waker?.wake()
        }
    }

    package func stop() {
        state.withLock {
            $0.isStopped = true
            $0.waker?.wake()
        }
    }

    /// The thread's own calls: it begins with a waker and ends with nil, which under the lock means that no
    /// wake-up reaches a handle that is gone.
    package func setWaker(_ waker: CurlWaker?) {
        state.withLock { $0.waker = waker }
    }

    package func take() -> Mail {
        state.withLock { state in
            let mail = Mail(
                submissions: state.submissions, hasCancellations: state.hasCancellations,
                isStopped: state.isStopped)
            state.submissions = []
            state.hasCancellations = false
            return mail
        }
    }
}

/// Collects the header lines of an answer, which libcurl hands over one by one.
package struct CurlResponseHead {
    /// Names in lower case; of a repeated header the last one.
    package private(set) var headers: [String: String] = [:]
    package private(set) var isTooLarge = false
    /// The empty line that ends the header section was there; libcurl takes an end of connection for it as
    /// well.
    package private(set) var isComplete = false
    private var size = 0

    /// A line with its line end. A status line begins anew, because interim answers (RFC 9110 section 15.2)
    /// precede the final one.
    package mutating func append(line bytes: UnsafeRawBufferPointer) {
        size += bytes.count
        guard size <= HTTPClientLimits.maximumHeaderBytes else {
            isTooLarge = true
            return
        }
        if bytes.starts(with: "HTTP/".utf8) {
            isComplete = false
            return headers.removeAll(keepingCapacity: true)
        }
        // What comes after the empty line are trailers, which are not merged (RFC 9110 section 6.5.1).
        guard !isComplete else { return }
        isComplete = bytes.first == UInt8(ascii: "\r") || bytes.first == UInt8(ascii: "\n")
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        headers[name] = String(decoding: Self.trimmed(bytes[(colon + 1)...]), as: UTF8.self)
    }

    /// Nil when the answer does not say it in digits.
    package var contentLength: Int? { headers["content-length"].flatMap { Int($0) } }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var rest = bytes
        while let first = rest.first, first <= 0x20 { rest.removeFirst() }
        while let last = rest.last, last <= 0x20 { rest.removeLast() }
        return rest
    }
}
