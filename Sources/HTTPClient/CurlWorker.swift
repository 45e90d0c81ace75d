import Glibc

/// The thread that drives all transfers; nothing of it is touched by another thread.
package final class CurlWorker {
    private let options: CurlOptions
    private let inbox: CurlInbox
    private let multi: CurlMulti
    /// In the order of arrival.
    private var waiting: [CurlSubmission] = []
    private var running: [CurlHandleID: Running] = [:]
    private var runningPerHost: [String: Int] = [:]
    private var idle: [CurlEasy] = []

    private struct Running {
        let easy: CurlEasy
        let submission: CurlSubmission
    }

    /// Starts the thread, which lives until the inbox is stopped.
    package static func start(options: CurlOptions, inbox: CurlInbox) throws(TransportError) {
        try CurlMulti.initializeLibrary()
        if let bundle = options.caBundle, access(bundle, R_OK) != 0 {
            throw .badRequest(
                reason: "the CA bundle \(bundle) cannot be read: \(String(cString: strerror(errno)))")
        }
        let multi = try CurlMulti(
            maximumConnections: options.maximumConcurrent,
            idleConnections: options.maximumIdleConnections)
        let worker = CurlWorker(options: options, inbox: inbox, multi: multi)
        let context = Unmanaged.passRetained(worker)
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, curlThread, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw .badRequest(
                reason: "the transport's thread cannot be started: \(String(cString: strerror(status)))")
        }
        pthread_detach(thread)
    }

    private init(options: CurlOptions, inbox: CurlInbox, multi: CurlMulti) {
        self.options = options
        self.inbox = inbox
        self.multi = multi
    }

    fileprivate func run() {
        inbox.setWaker(multi.waker)
        var isStopped = false
        while !isStopped {
            let mail = inbox.take()
            isStopped = mail.isStopped
            accept(mail.submissions)
            if mail.hasCancellations { dropCancelled() }
            startWaiting()
            multi.perform()
            if collectFinished() { continue }
            if !isStopped { multi.poll() }
        }
        inbox.setWaker(nil)
        accept(inbox.take().submissions)
        for submission in waiting { submission.continuation.resume(returning: .failure(.cancelled)) }
        for id in Array(running.keys) { finish(id, with: .failure(.cancelled)) }
    }

    private func accept(_ submissions: [CurlSubmission]) {
        for submission in submissions {
            if submission.ticket.isCancelled {
                // The cancellation was told before the submission came, so nothing else would end it before its turn.
                submission.continuation.resume(returning: .failure(.cancelled))
            } else if waiting.count < options.maximumWaiting {
                waiting.append(submission)
            } else {
                let reason = "more than \(options.maximumWaiting) requests wait"
                submission.continuation.resume(returning: .failure(.badRequest(reason: reason)))
            }
        }
    }

    private func dropCancelled() {
        waiting.removeAll { submission in
            guard submission.ticket.isCancelled else { return false }
            submission.continuation.resume(returning: .failure(.cancelled))
            return true
        }
        for (id, transfer) in running where transfer.submission.ticket.isCancelled {
            finish(id, with: .failure(.cancelled))
        }
    }

    /// Starts the oldest requests whose host has a place, so that one slow host holds up only itself.
    private func startWaiting() {
        guard !waiting.isEmpty, running.count < options.maximumConcurrent else { return }
        var kept = [CurlSubmission]()
        for submission in waiting {
            if submission.ticket.isCancelled {
                submission.continuation.resume(returning: .failure(.cancelled))
            } else if running.count < options.maximumConcurrent,
                runningPerHost[submission.host, default: 0] < options.maximumConcurrentPerHost
            {
                begin(submission)
            } else {
                kept.append(submission)
            }
        }
        waiting = kept
    }

    private func begin(_ submission: CurlSubmission) {
        do throws(TransportError) {
            let easy = if let reused = idle.popLast() { reused } else { try CurlEasy() }
            try easy.prepare(submission.request, host: submission.host, options: options)
            try multi.add(easy)
            running[easy.id] = Running(easy: easy, submission: submission)
            runningPerHost[submission.host, default: 0] += 1
        } catch {
            submission.continuation.resume(returning: .failure(error))
        }
    }

    /// True when a transfer ended, and so a waiting one may begin.
    private func collectFinished() -> Bool {
        var hasFinished = false
        while let (id, outcome) = multi.nextFinished() {
            guard let transfer = running[id] else { continue }
            finish(id, with: transfer.easy.result(outcome))
            hasFinished = true
        }
        return hasFinished
    }

    private func finish(_ id: CurlHandleID, with result: Result<TransportResponse, TransportError>) {
        guard let transfer = running.removeValue(forKey: id) else { return }
        multi.remove(transfer.easy)
        transfer.easy.reset()
        if idle.count < HTTPClientLimits.maximumIdleHandles { idle.append(transfer.easy) }
        let host = transfer.submission.host
        let left = (runningPerHost[host] ?? 1) - 1
        runningPerHost[host] = left > 0 ? left : nil
        transfer.submission.continuation.resume(returning: result)
    }
}

/// Signals are for the main program; a blocked SIGPIPE makes OpenSSL's writes fail with an error instead.
private func curlThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    Unmanaged<CurlWorker>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
