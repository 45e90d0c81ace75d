import Glibc
import Synchronization
import Testing

/// A folder of its own for a test's store, removed with it; in memory where the machine allows.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/daemon-tests-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        for name in ["usage.db", "usage.db-wal", "usage.db-shm", "usage.db.lock", "config.yml"] {
            unlink(path + "/" + name)
        }
        rmdir(path)
    }

    var database: String { path + "/usage.db" }
}

/// Time that only a test moves.
final class ManualClock: Sendable {
    private let time: Mutex<Double>

    init(_ time: Double) { self.time = Mutex(time) }

    var now: Double {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
}
