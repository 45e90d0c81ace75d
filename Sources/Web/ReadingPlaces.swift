import HTTPServer
import Synchronization

/// How many requests may read the store at the same time; what is beyond is refused, never queued.
package final class ReadingPlaces: Sendable {
    private let free: Mutex<Int>

    package init(_ count: Int) {
        free = Mutex(count)
    }

    /// False when all are taken; each true wants one `giveBack`.
    package func take() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    package func giveBack() {
        free.withLock { $0 += 1 }
    }

    /// The answer when all are taken.
    package static func busy(_ reason: String, _ error: @Sendable (Int, String) -> HTTPResponse)
        -> HTTPResponse
    {
        var response = error(503, "\(reason); try again in a second")
        response.headers.append(("Retry-After", "1"))
        return response
    }
}
