import AWSClient
import Configuration
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

    /// Throws `UsageError` for a URL, user, password file or interval that cannot be.
    init(_ invocation: Invocation, environment: AWSEnvironment = .ofThisProcess()) throws {
        let url = try invocation.exporterURL()
        refreshSeconds = try invocation[.refresh].map(Self.refresh) ?? Self.defaultRefreshSeconds
        isOnce = invocation[.once] != nil
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
        guard !isOnce else { return try await printOnce() }
        let terminal = WatchTerminal(variables: variables)
        let events = WatchEvents(isScreen: terminal != nil, refreshSeconds: refreshSeconds) { [client] in
            try await client.read()
        }
        // Its sources end with it, and the compiler may end it after its last use.
        defer { withExtendedLifetime(events) {} }
        var (state, decoder, plain) = (WatchState(), WatchKeyDecoder(), WatchPlain())
        terminal?.enter()
        defer { terminal?.leave() }
        guard try show(state, on: terminal, &plain) else { return 0 }
        for await event in events.stream {
            switch event {
            case .stop: return 0
            case .bytes(let bytes):
                guard Self.press(decoder.take(bytes), &state, terminal) else { return 0 }
                if decoder.isWaiting { events.flushSoon() }
            case .flush: guard Self.press(decoder.flush(), &state, terminal) else { return 0 }
            case .suspend: Self.suspend(terminal)
            case .resumed:
                terminal?.enter()
                terminal?.forget()
            case .resized: terminal?.forget()
            case .reading(.success(let reading)): state.take(reading)
            case .reading(.failure(let failure)): state.fail("\(failure)", at: PollClock.system.now())
            case .tick: break
            }
            guard try show(state, on: terminal, &plain) else { return 0 }
        }
        return 0
    }

    private func printOnce() async throws -> Int32 {
        var (state, plain) = (WatchState(), WatchPlain())
        let reading = try await client.read()
        state.take(reading)
        return try show(state, on: nil, &plain) && reading.isReady ? 0 : 1
    }

    /// False when a key quits.
    private static func press(
        _ keys: [WatchKey], _ state: inout WatchState, _ terminal: WatchTerminal?
    ) -> Bool {
        for key in keys {
            switch state.press(key) {
            case .quit: return false
            case .redraw: terminal?.forget()
            case .draw: break
            }
        }
        return true
    }

    /// Ctrl-Z: the shell gets its terminal back until `fg`.
    ///
    /// The stop comes a moment after the call, so that whatever followed it here could still reach the shell's screen;
    /// SIGCONT takes the terminal again.
    private static func suspend(_ terminal: WatchTerminal?) {
        terminal?.leave()
        kill(getpid(), SIGSTOP)
    }

    /// As a screen, or as the lines that are new where there is no terminal; false when whoever reads has gone.
    private func show(
        _ state: WatchState, on terminal: WatchTerminal?, _ plain: inout WatchPlain
    ) throws -> Bool {
        let now = PollClock.system.now()
        guard let terminal else {
            let lines = plain.lines(state, now: now)
            return try StandardOutput.write(Array(lines.map { $0 + "\n" }.joined().utf8))
        }
        let size = terminal.size
        let screen = WatchScreen(
            width: size.columns, height: size.rows, glyphs: WatchGlyphs.forLocale(variables), source: source,
            now: now)
        return terminal.draw(screen.lines(state))
    }
}
