import AWSClient
import FoundationEssentials
import Glibc
import HTTPClient
import System

/// `watch`: a running exporter's pools in the terminal, live.
struct WatchCommand {
    private static let defaultRefreshSeconds = 2.0
    private static let maximumPasswordBytes = 4096
    /// For those who have the password in the environment and not in a file.
    static let passwordVariable = "BEDROCK_QUOTA_EXPORTER_PASSWORD"

    private let source: String
    private let client: WatchClient
    private let variables: [String: String]
    private let refreshSeconds: Double
    private let isOnce: Bool
    private let format: OutputFormat

    /// Throws `UsageError` for a URL, user, password file or interval that cannot be.
    init(_ invocation: Invocation, environment: AWSEnvironment = .ofThisProcess()) throws {
        let url = try invocation.exporterURL()
        refreshSeconds = try invocation[.refresh].map(Self.refresh) ?? Self.defaultRefreshSeconds
        isOnce = invocation[.once] != nil
        format = try invocation.outputFormat(.watchFormat)
        guard format == .text || isOnce else {
            throw Invocation.UsageError(
                description: "--format=\(format.rawValue) is one reading; it needs --once")
        }
        source = url.description
        variables = environment.variables
        client = WatchClient(
            url: url, authorization: try Self.authorization(invocation, environment),
            transport: try CurlTransport(
                CurlOptions(version: BuildInfo.version, environment: environment.variables)),
            now: PollClock.system.now)
    }

    private static func refresh(_ text: String) throws(Invocation.UsageError) -> Double {
        guard let span = TimeSpan(text), span.seconds > 0 else {
            throw Invocation.UsageError(
                description: "--refresh: \"\(text)\" is not a duration; allowed: such as 2s, 1m")
        }
        return Double(span.seconds)
    }

    /// RFC 7617, 2. Nil without a user.
    static func authorization(_ invocation: Invocation, _ environment: AWSEnvironment) throws -> String? {
        guard let user = invocation[.webUser] else {
            guard invocation[.webPasswordFile] == nil else {
                throw Invocation.UsageError(description: "--web.password-file needs --web.user")
            }
            return nil
        }
        guard !user.contains(":") else {
            throw Invocation.UsageError(description: "--web.user: a user has no colon")
        }
        let password = try password(invocation, environment)
        Redactor.process.hold([password])
        let pair = Data("\(user):\(password)".utf8)
        return "Basic \(pair.base64EncodedString())"
    }

    private static func password(_ invocation: Invocation, _ environment: AWSEnvironment) throws -> String {
        guard let path = invocation[.webPasswordFile] else {
            guard let password = environment[passwordVariable] else {
                throw Invocation.UsageError(
                    description:
                        "--web.user needs --web.password-file, or \(passwordVariable) in the environment")
            }
            return password
        }
        guard let bytes = try environment.readFile(path, maximumPasswordBytes) else {
            throw Invocation.UsageError(description: "--web.password-file: \(path): no such file")
        }
        let line = String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline }
        guard !line.isEmpty else {
            throw Invocation.UsageError(description: "--web.password-file: \(path): its first line is empty")
        }
        return String(line)
    }

    func run() async throws -> Int32 {
        var display = Display(source: source, variables: variables, isScreen: !isOnce)
        if isOnce {
            let reading = try await client.read()
            display.state.take(reading)
            guard format == .text else {
                let document = WatchDocument(
                    reading, pools: display.state.rows, source: source, now: PollClock.system.now())
                return try StandardOutput.write(try JSONDocument.bytes(document)) && reading.isReady ? 0 : 1
            }
            return try display.show() && reading.isReady ? 0 : 1
        }
        let events = WatchEvents(isScreen: display.terminal != nil, refreshSeconds: refreshSeconds) {
            [client] in try await client.read()
        }
        // Its sources end with it, and the compiler may end it after its last use.
        defer { withExtendedLifetime(events) {} }
        display.terminal?.enter()
        defer { display.terminal?.leave() }
        guard try display.show() else { return 0 }
        for await event in events.stream {
            guard display.take(event), try display.show() else { return 0 }
            if display.awaitsKey { events.flushSoon() }
        }
        return 0
    }
}

/// A screen where there is a terminal, else plain lines, with what is shown.
private struct Display {
    let source: String
    let glyphs: WatchGlyphs
    let terminal: WatchTerminal?
    var state = WatchState()
    private var decoder = WatchKeyDecoder()
    private var plain = WatchPlain()
    /// Whether the last event was an ESC that may still become a sequence.
    private(set) var awaitsKey = false

    init(source: String, variables: [String: String], isScreen: Bool) {
        self.source = source
        glyphs = WatchGlyphs.forLocale(variables)
        terminal = isScreen ? WatchTerminal(variables: variables) : nil
    }

    /// False when it is the end.
    mutating func take(_ event: WatchEvents.Event) -> Bool {
        awaitsKey = false
        switch event {
        case .stop: return false
        case .bytes(let bytes):
            guard press(decoder.take(bytes)) else { return false }
            awaitsKey = decoder.isWaiting
        case .flush: return press(decoder.flush())
        case .suspend:
            // Ctrl-Z: the shell gets its terminal back until `fg`. The stop comes a moment after the call, so that
            // whatever followed it here could still reach the shell's screen; SIGCONT takes the terminal again.
            terminal?.leave()
            kill(getpid(), SIGSTOP)
        case .resumed:
            terminal?.enter()
            terminal?.forget()
        case .resized: terminal?.forget()
        case .reading(.success(let reading)): state.take(reading)
        case .reading(.failure(let failure)): state.fail("\(failure)", at: PollClock.system.now())
        case .tick: break
        }
        return true
    }

    /// False when a key quits.
    private mutating func press(_ keys: [WatchKey]) -> Bool {
        for key in keys {
            switch state.press(key) {
            case .quit: return false
            case .redraw: terminal?.forget()
            case .draw: break
            }
        }
        return true
    }

    /// All of the screen, or the lines that are new; false when whoever reads has gone.
    mutating func show() throws -> Bool {
        let now = PollClock.system.now()
        guard let terminal else {
            let lines = plain.lines(state, now: now).map { $0 + "\n" }
            return try StandardOutput.write(Array(lines.joined().utf8))
        }
        let size = terminal.size
        let screen = WatchScreen(
            width: size.columns, height: size.rows, glyphs: glyphs, source: source, now: now)
        return terminal.draw(screen.lines(state))
    }
}
