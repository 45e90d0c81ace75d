import Dispatch

/// Runs a blocking body on a thread of its own, so that it takes none from the pool of Swift's tasks.
struct BlockingThread: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    func start() {
        DispatchQueue(label: "blocking").async(execute: body)
    }
}
