import Alerting
import System

/// A program that finds Alertmanager's webhook body on its standard input. No shell is in between.
package struct CommandSender: ReceiverSender {
    package let name: String
    package let program: String
    package let arguments: [Secret]
    package let environment: [String: String]
    package var timeout = DeliveryLimits.commandTimeout
    package let pageURL: String?

    /// EX_DATAERR of sysexits.h: the program says that it will never take this message.
    private static let refusal: Int32 = 65

    package func send(_ message: NotificationMessage) async -> DeliveryResult {
        let body: [UInt8]
        do {
            body = try WebhookBody.bytes(message, receiver: name, pageURL: pageURL)
        } catch {
            return .refused(DeliveryFailure(reason: "body", detail: "\(error)"))
        }
        let ending = await ChildProcess.run(
            [program] + arguments.map(\.value), environment: environment, input: body, timeout: timeout,
            output: .dropped)
        switch ending {
        case .exited(0, _, _): return .accepted
        case .exited(Self.refusal, _, let errors):
            return .refused(failure("exit_\(Self.refusal)", "exited with status \(Self.refusal)", errors))
        case .exited(let code, _, let errors):
            return .later(failure("exit_\(code)", "exited with status \(code)", errors))
        case .killed(let signal): return .later(failure("signal_\(signal)", "was ended by signal \(signal)"))
        case .timedOut:
            return .later(failure("timeout", "did not end within \(timeout) and was killed"))
        case .tooMuchOutput: return .later(failure("output", "printed too much and was killed"))
        case .cancelled: return .cancelled
        case .cannotRun(let reason): return .later(failure("cannot_run", "cannot be run: \(reason)"))
        }
    }

    /// With what the program said last, without its arguments and anything that could be a key.
    private func failure(_ reason: String, _ what: String, _ errors: [UInt8] = []) -> DeliveryFailure {
        let lines = String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isNewline)
        let last = lines.last { !$0.allSatisfy(\.isWhitespace) }.map { line in
            MessageText.excerpt(String(line), without: arguments.map(\.value))
        }
        return DeliveryFailure(
            reason: reason, detail: "\(program) \(what)" + (last.map { ", its last words: \($0)" } ?? ""))
    }
}

/// What a receiver's program inherits of this process's environment: everything but secrets and the ways to AWS keys.
package enum CommandEnvironment {
    /// Parts of the names of `AWS_…` variables that hold keys or say where there are some.
    private static let secretParts = ["KEY", "TOKEN", "SECRET", "CREDENTIAL"]
    /// Where systemd puts a service's secrets (systemd.exec(5), "Credentials").
    private static let secretNames: Set = ["CREDENTIALS_DIRECTORY"]

    package static func variables(of environment: [String: String]) -> [String: String] {
        environment.filter { name, value in
            !holdsKeys(name) && !Redactor.process.finds(in: value)
        }
    }

    private static func holdsKeys(_ name: String) -> Bool {
        secretNames.contains(name)
            || name.hasPrefix("AWS_") && secretParts.contains { name.contains($0) }
    }
}
