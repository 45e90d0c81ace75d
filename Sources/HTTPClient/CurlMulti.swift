import CCurl
import Glibc

/// Wakes the thread that polls a multi handle.
package struct CurlWaker: @unchecked Sendable {
    // Sendable: `curl_multi_wakeup` is the one function that libcurl allows from any thread, and `CurlInbox`
    // calls it under the lock under which the worker takes the waker away before the handle goes.
    fileprivate let handle: UnsafeMutableRawPointer

    package func wake() { curl_multi_wakeup(handle) }
}

/// Owns a multi handle with its connection cache.
package final class CurlMulti {
    private let handle: UnsafeMutableRawPointer

    /// 7.88.0, the first whose signatures were found to equal AWS's own.
    private static let oldestVersion: UInt32 = 0x07_5800
    private static let initialization = curl_global_init(Int(CURL_GLOBAL_ALL))

    /// Once per process; libcurl's own set-up is thread-safe from 7.84 on.
    package static func initializeLibrary() throws(TransportError) {
        guard initialization == CURLE_OK else { throw .badRequest(reason: "libcurl cannot be set up") }
        guard let version = curl_version_info(CURLVERSION_FIRST)?.pointee,
            version.version_num >= oldestVersion
        else {
            throw .badRequest(reason: "libcurl 7.88 or newer is needed")
        }
    }

    package init(maximumConnections: Int, idleConnections: Int) throws(TransportError) {
        guard let handle = curl_multi_init() else {
            throw .badRequest(reason: "libcurl gave no multi handle")
        }
        self.handle = handle
        _ = shim_multi_set_long(handle, CURLMOPT_MAXCONNECTS, idleConnections)
        _ = shim_multi_set_long(handle, CURLMOPT_MAX_TOTAL_CONNECTIONS, maximumConnections + idleConnections)
        _ = shim_multi_set_long(handle, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    }

    deinit {
        curl_multi_cleanup(handle)
    }

    package var waker: CurlWaker { CurlWaker(handle: handle) }

    package func add(_ easy: CurlEasy) throws(TransportError) {
        guard curl_multi_add_handle(handle, easy.handle) == CURLM_OK else {
            throw .badRequest(reason: "libcurl refuses another transfer")
        }
    }

    package func remove(_ easy: CurlEasy) {
        curl_multi_remove_handle(handle, easy.handle)
    }

    /// Does whatever can be done without waiting.
    package func perform() {
        var running: Int32 = 0
        curl_multi_perform(handle, &running)
    }

    /// Waits for the network, a timer of a transfer, or a wake-up.
    package func poll() {
        let code = curl_multi_poll(handle, nil, 0, Self.longestPollMilliseconds, nil)
        // A wait that fails at once must not become a busy loop.
        if code != CURLM_OK { usleep(Self.pauseAfterFailureMicroseconds) }
    }

    private static let pauseAfterFailureMicroseconds: UInt32 = 20_000

    /// Without transfers only a wake-up ends the wait; the hour is no more than a bound.
    private static let longestPollMilliseconds: Int32 = 3_600_000

    package func nextFinished() -> (CurlHandleID, CurlOutcome)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
                continue
            }
            return (
                CurlHandleID(address: UInt(bitPattern: easy)),
                CurlOutcome(code: shim_message_result(message).rawValue)
            )
        }
        return nil
    }
}
