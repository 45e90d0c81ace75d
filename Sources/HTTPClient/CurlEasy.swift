import CCurl
import Glibc
import System

/// Tells handles apart without being one.
package struct CurlHandleID: Hashable {
    package let address: UInt
}

/// How libcurl ended a transfer.
package struct CurlOutcome {
    package let code: UInt32
}

/// Owns an easy handle: one transfer at a time, reusable after `reset`.
package final class CurlEasy {
    /// For `CurlMulti` alone.
    package let handle: UnsafeMutableRawPointer
    private let errorBuffer: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var host = ""
    private var timeoutSeconds = 0.0
    private var limit = 0
    private var head = CurlResponseHead()
    private var body: [UInt8] = []
    private var isTooLarge = false

    package init() throws(TransportError) {
        guard let handle = curl_easy_init() else { throw .badRequest(reason: "libcurl gave no easy handle") }
        self.handle = handle
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headerList)
        errorBuffer.deallocate()
    }

    package var id: CurlHandleID { CurlHandleID(address: UInt(bitPattern: handle)) }

    /// Forgets the request, its keys included; live connections stay with the multi handle.
    package func reset() {
        curl_easy_reset(handle)
        curl_slist_free_all(headerList)
        headerList = nil
        head = CurlResponseHead()
        body = []
        isTooLarge = false
        errorBuffer[0] = 0
    }

    /// Sets every option of one request; throws for a request that must not be sent.
    package func prepare(_ request: TransportRequest, host: String, options: CurlOptions)
        throws(TransportError)
    {
        self.host = host
        limit = request.maximumResponseBytes
        timeoutSeconds = Double(request.timeout.wholeMilliseconds) / 1000
        do throws(TransportError) {
            try setTarget(request)
            try setBehaviour(options, timeout: request.timeout, bypassesProxy: request.bypassesProxy)
            try setHeaders(request)
            try setSigning(request.signing)
            try setReceivers()
        } catch {
            reset()
            throw error
        }
    }

    private func setTarget(_ request: TransportRequest) throws(TransportError) {
        guard request.body.count <= HTTPClientLimits.maximumRequestBytes else {
            throw .badRequest(reason: "the body is longer than \(HTTPClientLimits.maximumRequestBytes) bytes")
        }
        guard request.url.hasPrefix("https://") || request.url.hasPrefix("http://") else {
            throw .badRequest(reason: "the URL does not start with http:// or https://")
        }
        guard !request.method.isEmpty, request.method.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) else {
            throw .badRequest(reason: "the method is not in upper-case letters")
        }
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        if request.isSentOnce { try set(CURLOPT_FRESH_CONNECT, 1) }
        if request.method == "GET" {
            try set(CURLOPT_HTTPGET, 1)
        } else {
            try set(CURLOPT_POST, 1)
            try set(CURLOPT_POSTFIELDSIZE, request.body.count)
            let code = request.body.withUnsafeBytes { bytes in
                // An empty array may have no address, which would make libcurl read the body from a callback.
                let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                return start.map { shim_easy_set_string(handle, CURLOPT_COPYPOSTFIELDS, $0) }
                    ?? shim_easy_set_string(handle, CURLOPT_COPYPOSTFIELDS, "")
            }
            try check(code, CURLOPT_COPYPOSTFIELDS)
            if request.method != "POST" { try set(CURLOPT_CUSTOMREQUEST, request.method) }
        }
    }

    private func setBehaviour(
        _ options: CurlOptions, timeout: Duration, bypassesProxy: Bool
    ) throws(TransportError) {
        let milliseconds = max(timeout.wholeMilliseconds, 1)
        try set(CURLOPT_NOSIGNAL, 1)
        // A look-up that hangs must not block the thread when its transfer is taken away.
        try set(CURLOPT_QUICK_EXIT, 1)
        try set(CURLOPT_TIMEOUT_MS, milliseconds)
        try set(
            CURLOPT_CONNECTTIMEOUT_MS, min(max(options.connectTimeout.wholeMilliseconds, 1), milliseconds))
        try set(CURLOPT_LOW_SPEED_LIMIT, 1)
        try set(CURLOPT_LOW_SPEED_TIME, options.lowSpeedSeconds)
        // AWS's own client speaks HTTP/1.1; HTTP/2 would cost memory and bring nothing for a few requests a
        // minute.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_ACCEPT_ENCODING, "identity")
        try set(CURLOPT_USERAGENT, options.userAgent)
        if bypassesProxy { try set(CURLOPT_NOPROXY, "*") }
        if let bundle = options.caBundle { try set(CURLOPT_CAINFO, bundle) }
    }

    private func setHeaders(_ request: TransportRequest) throws(TransportError) {
        for (name, value) in request.headers { try appendHeader(name, value) }
        if let signing = request.signing {
            if let token = signing.credentials.sessionToken {
                try appendHeader("X-Amz-Security-Token", token)
            }
            if signing.clockSkewSeconds != 0 {
                // libcurl signs with the time of this header, when it is given, instead of the machine's
                // clock.
                try appendHeader(
                    "X-Amz-Date", SigningTime.text(epochSeconds: time(nil) + signing.clockSkewSeconds))
            }
        }
        try check(shim_easy_set_list(handle, CURLOPT_HTTPHEADER, headerList), CURLOPT_HTTPHEADER)
    }

    private func appendHeader(_ name: String, _ value: String) throws(TransportError) {
        let isClean = "\(name)\(value)".utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        // An empty value would make libcurl drop the header and yet sign it.
        guard isClean, !name.isEmpty, !value.isEmpty else {
            throw .badRequest(reason: "header \(MessageText.bounded(name, limit: 60)) cannot be sent")
        }
        guard let list = curl_slist_append(headerList, "\(name): \(value)") else {
            throw .badRequest(reason: "out of memory")
        }
        headerList = list
    }

    private func setSigning(_ signing: SigningScope?) throws(TransportError) {
        guard let signing else { return }
        try set(CURLOPT_AWS_SIGV4, "aws:amz:\(signing.region):\(signing.service)")
        try set(CURLOPT_USERNAME, signing.credentials.accessKeyID)
        try set(CURLOPT_PASSWORD, signing.credentials.secretAccessKey)
    }

    private func setReceivers() throws(TransportError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try check(shim_easy_set_pointer(handle, CURLOPT_ERRORBUFFER, errorBuffer), CURLOPT_ERRORBUFFER)
        try check(shim_easy_set_receiver(handle, CURLOPT_WRITEFUNCTION, receiveBody), CURLOPT_WRITEFUNCTION)
        try check(shim_easy_set_pointer(handle, CURLOPT_WRITEDATA, context), CURLOPT_WRITEDATA)
        try check(
            shim_easy_set_socket_setup(handle, CURLOPT_SOCKOPTFUNCTION, closeOnExec), CURLOPT_SOCKOPTFUNCTION)
        try check(
            shim_easy_set_receiver(handle, CURLOPT_HEADERFUNCTION, receiveHeader), CURLOPT_HEADERFUNCTION)
        try check(shim_easy_set_pointer(handle, CURLOPT_HEADERDATA, context), CURLOPT_HEADERDATA)
    }

    /// False stops the transfer.
    fileprivate func append(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= limit else {
            isTooLarge = true
            return false
        }
        if body.isEmpty { body.reserveCapacity(min(max(head.contentLength ?? 0, bytes.count), limit)) }
        body.append(contentsOf: bytes)
        return true
    }

    /// False stops the transfer.
    fileprivate func append(header bytes: UnsafeRawBufferPointer) -> Bool {
        head.append(line: bytes)
        isTooLarge = isTooLarge || head.isTooLarge || (head.contentLength ?? 0) > limit
        return !isTooLarge
    }

    /// What the ended transfer brought.
    package func result(_ outcome: CurlOutcome) -> Result<TransportResponse, TransportError> {
        let code = CURLcode(outcome.code)
        guard code == CURLE_OK else { return .failure(failure(code)) }
        guard head.isComplete else {
            return .failure(
                .connectionFailed(host: host, reason: "the answer ends within its header section"))
        }
        var status = 0
        _ = shim_easy_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return .success(TransportResponse(status: status, headers: head.headers, body: body))
    }

    private func failure(_ code: CURLcode) -> TransportError {
        if isTooLarge { return .responseTooLarge(host: host, limitBytes: limit) }
        let text =
            errorBuffer[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorBuffer)
        let reason = MessageText.bounded(text)
        return switch code {
        case CURLE_OPERATION_TIMEDOUT: .timedOut(host: host, seconds: elapsedSeconds)
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
            CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_PROXY:
            .cannotConnect(host: host, reason: reason)
        case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED: .badRequest(reason: reason)
        default: .connectionFailed(host: host, reason: reason)
        }
    }

    /// The total that passed, which is less than the limit when connecting or stalling gave up first.
    private var elapsedSeconds: Double {
        var microseconds: curl_off_t = 0
        guard shim_easy_get_size(handle, CURLINFO_TOTAL_TIME_T, &microseconds) == CURLE_OK, microseconds > 0
        else {
            return timeoutSeconds
        }
        return Double((microseconds + 50_000) / 100_000) / 10
    }

    private func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
        try check(shim_easy_set_long(handle, option, value), option)
    }

    private func set(_ option: CURLoption, _ value: String) throws(TransportError) {
        try check(shim_easy_set_string(handle, option, value), option)
    }

    private func check(_ code: CURLcode, _ option: CURLoption) throws(TransportError) {
        guard code == CURLE_OK else {
            throw .badRequest(
                reason:
                    "libcurl refuses option \(option.rawValue): \(String(cString: curl_easy_strerror(code)))")
        }
    }
}

/// Both receivers get the handle's owner, which lives as long as the transfer: the worker keeps it until
/// `remove`.
private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let easy = Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue()
    return easy.append(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

/// `credential_process` starts programs, which must not inherit connections; libcurl 7.88 does not see to
/// that.
private func closeOnExec(_: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _: curlsocktype) -> Int32 {
    fcntl(socket, F_SETFD, FD_CLOEXEC) == -1 ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK
}

private func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let easy = Unmanaged<CurlEasy>.fromOpaque(context).takeUnretainedValue()
    return easy.append(header: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}
