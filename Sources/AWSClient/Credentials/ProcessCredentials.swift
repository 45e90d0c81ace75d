import HTTPClient
import System

/// Keys that a program prints (`credential_process`; botocore's `ProcessProvider`).
package struct ProcessCredentials: CredentialsProvider {
    static let source = "credential_process"
    let context: CredentialsContext
    let profile: String
    let config: SharedConfig
    var timeout: Duration = CredentialsLimits.processTimeout

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let section = config.profile(profile) ?? ProfileSection()
        guard let line = section["credential_process"] else {
            throw .notConfigured(source: Self.source, reason: "no credential_process in profile \(profile)")
        }
        guard let arguments = ShellWords.split(line), let program = arguments.first, !line.contains("\0")
        else {
            throw failure("the command line has an open quotation or no program")
        }
        let ending = await ChildProcess.run(
            arguments, environment: context.environment.variables, timeout: timeout,
            output: .kept(maximumBytes: CredentialsLimits.answerBytes))
        let output = try output(of: ending, program)
        let origin = AnswerOrigin(source: Self.source, name: "profile \(profile): the output of \(program)")
        let credentials = try CredentialsDocument.decode(output, from: origin).credentials(
            .process, from: origin)
        guard credentials.accountID == nil, let accountID = section["aws_account_id"] else {
            return credentials
        }
        return AWSCredentials(
            accessKeyID: credentials.accessKeyID, secretAccessKey: credentials.secretAccessKey,
            sessionToken: credentials.sessionToken, expiration: credentials.expiration, accountID: accountID)
    }

    /// Arguments may be secrets, so messages name the program alone.
    private func output(of ending: ChildProcess.Ending, _ program: String) throws(CredentialsError) -> [UInt8]
    {
        switch ending {
        case .exited(0, let output, _): return output
        case .exited(let code, _, let errorTail):
            throw failure("\(program) exited with status \(code)\(Self.lastLine(of: errorTail))")
        case .killed(let signal): throw failure("\(program) was ended by signal \(signal)")
        case .timedOut: throw failure("\(program) did not end within \(timeout) and was killed")
        case .tooMuchOutput:
            throw failure(
                "\(program) printed more than \(CredentialsLimits.answerBytes) bytes and was killed")
        case .cancelled: throw failure("\(program) was interrupted")
        case .cannotRun(let reason): throw failure("\(program) cannot be run: \(reason)")
        }
    }

    private func failure(_ reason: String) -> CredentialsError {
        .failed(source: Self.source, reason: "profile \(profile): \(reason)")
    }

    /// What the program said last, without anything that could be a key.
    private static func lastLine(of errorTail: [UInt8]) -> String {
        let lines = String(decoding: errorTail, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let last = lines.last(where: { !$0.allSatisfy(\.isWhitespace) }) else {
            return " and said nothing; run it by hand"
        }
        return ", its last words: \(MessageText.excerpt(String(last)))"
    }
}

/// Splits a command line as Python's `shlex.split` does (POSIX rules, no comments), because that is how botocore
/// reads `credential_process` and section names.
struct ShellWords {
    private enum State {
        case between
        case word
        case quoted(Character)
        case escaped(in: Character?)
    }

    private var words: [String] = []
    private var word = ""
    private var state = State.between

    /// The words; nil where a quotation is not closed or nothing follows the last backslash.
    static func split(_ line: String) -> [String]? {
        var splitter = ShellWords()
        for character in line { splitter.read(character) }
        switch splitter.state {
        case .between: return splitter.words
        case .word: return splitter.words + [splitter.word]
        case .quoted, .escaped: return nil
        }
    }

    private mutating func read(_ character: Character) {
        switch state {
        case .between, .word: readPlain(character)
        case .quoted(let quote):
            if character == quote {
                state = .word
            } else if character == "\\" && quote == "\"" {
                state = .escaped(in: quote)
            } else {
                word.append(character)
            }
        case .escaped(let quote):
            // Inside double quotes a backslash quotes only itself and the quotation mark.
            if let quote, character != quote, character != "\\" { word.append("\\") }
            word.append(character)
            state = quote.map(State.quoted) ?? .word
        }
    }

    private mutating func readPlain(_ character: Character) {
        switch character {
        case " ", "\t", "\r", "\n", "\r\n":
            if case .word = state { words.append(word) }
            word = ""
            state = .between
        case "'", "\"": state = .quoted(character)
        case "\\": state = .escaped(in: nil)
        default:
            word.append(character)
            state = .word
        }
    }
}
