import Glibc
import Synchronization

/// Tells systemd, or whoever listens at `$NOTIFY_SOCKET`, how the daemon is; without that variable it does nothing.
package final class ServiceManager: Sendable {
    /// How the daemon is at this moment.
    package struct Pulse: Sendable, Equatable {
        /// Whether every poller still comes round.
        package let isAlive: Bool
        /// One line for people, as `systemctl status` shows it.
        package let status: String

        package init(isAlive: Bool, status: String) {
            self.isAlive = isAlive
            self.status = status
        }
    }

    /// How often the status is looked at where no watchdog wants to hear more often.
    package static let statusSeconds = 30.0

    /// Half the time after which the watchdog acts, as sd_watchdog_enabled(3) recommends.
    package let pulseSeconds: Double
    private let isWatched: Bool
    private let socket: NotifySocket?
    private let log: Log
    private let hasFailed = Atomic(false)

    /// - Parameter variables: Of them `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` are used.
    package init(variables: [String: String], log: Log, processID: Int32 = getpid()) {
        self.log = log
        var socket: NotifySocket?
        if let name = variables["NOTIFY_SOCKET"], !name.isEmpty {
            do {
                socket = try NotifySocket(name)
            } catch {
                log.warn("The service manager is not told anything", ["error": error.description])
            }
        }
        self.socket = socket
        let watchdog = Self.watchdogSeconds(variables, processID: processID)
        isWatched = watchdog != nil
        pulseSeconds = min(Self.statusSeconds, watchdog.map { $0 / 2 } ?? Self.statusSeconds)
    }

    /// Nil where no watchdog waits for this process.
    private static func watchdogSeconds(_ variables: [String: String], processID: Int32) -> Double? {
        guard let text = variables["WATCHDOG_USEC"], let microseconds = UInt64(text), microseconds > 0 else {
            return nil
        }
        // Set for another process, of which this one inherited the environment.
        if let text = variables["WATCHDOG_PID"], text != "\(processID)" { return nil }
        return Double(microseconds) / 1_000_000
    }

    /// Started, or running again after a reload.
    package func ready(status: String) {
        send(["READY=1", Self.line(status)])
    }

    /// A reload begins; `ready` has to follow, whether it succeeds or not.
    package func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send(["RELOADING=1", "MONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)"])
    }

    /// A stop begins.
    package func stopping() {
        send(["STOPPING=1", Self.line("Stopping")])
    }

    /// Until the task is cancelled or there is nothing to look at: the watchdog while the daemon is alive, and the status.
    package func beat(_ look: @Sendable () async -> Pulse?) async {
        guard socket != nil else { return }
        var last: Pulse?
        while !Task.isCancelled, let pulse = await look() {
            if !pulse.isAlive, last?.isAlive != false {
                log.error("A poller hangs; the watchdog is no longer told that all is well")
            }
            send(
                (isWatched && pulse.isAlive ? ["WATCHDOG=1"] : [])
                    + (pulse.status != last?.status ? [Self.line(pulse.status)] : []))
            last = pulse
            do {
                try await Task.sleep(for: .seconds(pulseSeconds), tolerance: .milliseconds(10))
            } catch {
                // Only cancellation ends a sleep.
                return
            }
        }
    }

    /// A line break would begin another assignment.
    private static func line(_ status: String) -> String {
        "STATUS=" + String(status.map { $0.isNewline ? " " : $0 })
    }

    private func send(_ assignments: [String]) {
        guard let socket, !assignments.isEmpty else { return }
        do {
            try socket.send(assignments.joined(separator: "\n"))
        } catch {
            // It would fail again at each beat.
            guard !hasFailed.exchange(true, ordering: .relaxed) else { return }
            log.warn("The service manager was not told", ["error": error.description])
        }
    }
}

/// The datagram socket on which a service manager listens, sd_notify(3): a path, or abstract when it begins with `@`.
package struct NotifySocket: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let name: String

    /// Throws for what is neither an absolute path nor an abstract name, and for one longer than unix(7) allows.
    package init(_ name: String) throws(Failure) {
        guard name.hasPrefix("/") || name.hasPrefix("@"), name.utf8.count > 1 else {
            throw Failure(description: "NOTIFY_SOCKET is \"\(name)\"; allowed: /path or @abstract-name")
        }
        // A path ends with a zero byte; an abstract name begins with one in place of the @.
        guard name.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
            throw Failure(description: "NOTIFY_SOCKET has \(name.utf8.count) bytes; allowed: 107")
        }
        self.name = name
    }

    /// Sends one datagram and never waits: a service manager that does not read must not hold up the daemon.
    package func send(_ text: String) throws(Failure) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket") }
        defer { close(descriptor) }
        var (address, length) = address
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(
                    descriptor, text, text.utf8.count,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT), address, length)
            }
        }
        guard sent == text.utf8.count else { throw failure("sendto") }
    }

    /// unix(7): the length tells where an abstract name ends.
    private var address: (sockaddr_un, socklen_t) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isAbstract = name.hasPrefix("@")
        let bytes = isAbstract ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8) + [0]
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return (address, socklen_t(MemoryLayout<sa_family_t>.size + bytes.count))
    }

    private func failure(_ call: String) -> Failure {
        Failure(
            description:
                "telling the service manager at \(name): \(call): \(String(cString: strerror(errno)))")
    }
}
