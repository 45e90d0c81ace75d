import Synchronization

/// Takes the secrets that this process holds out of text that came from outside: answers of AWS and of receivers, last
/// words of programs. Where such text enters, it goes through here, before it can reach a log, a page, an alert, the
/// store or a terminal.
///
/// What is held is told by whoever reads or receives a secret, so that no answer can quote another account's. Safe from
/// any thread, and bounded: beyond `maximumSecrets` those that were used longest ago are forgotten.
package final class Redactor: Sendable {
    /// What stands in place of a secret.
    package static let mask = "<secret>"
    /// The one that all of this process's text goes through.
    package static let process = Redactor()

    /// Beside the configuration's. An account has up to five at a time, and those before the last rotation.
    package static let maximumSecrets = 2048
    package static let maximumSecretBytes = 4 << 20
    /// Of one text; what is longer is cut.
    package static let maximumTextBytes = 16 << 10
    /// Before the cut, so that a secret that it parts is not shown in part.
    private static let cutBytes = 256
    /// Keys and tokens of AWS are longer; made-up ones of a few letters would take words out of every message.
    private static let shortestKeyBytes = 16

    private struct State {
        var index = SecretIndex()
        var configured: Set<String> = []
        /// Those of the configuration before, which may still be quoted.
        var earlier: Set<String> = []
        /// Each secret with the number of its last use.
        var uses: [String: Int] = [:]
        var useCount = 0
        var bytes = 0
    }

    private let maximum: Int
    private let state = Mutex(State())

    package init(maximumSecrets: Int = Redactor.maximumSecrets) {
        maximum = maximumSecrets
    }

    // MARK: What is held

    /// Notes that these are in use now.
    package func hold(_ secrets: [String]) {
        state.withLock { state in
            for secret in secrets where Self.isSecret(secret) {
                if state.uses[secret] == nil { add(secret, to: &state) }
                state.useCount += 1
                state.uses[secret] = state.useCount
            }
            forgetOldest(&state)
        }
    }

    /// Notes that these keys and tokens of AWS are in use now.
    package func hold(keys: [String]) {
        hold(keys.filter { $0.utf8.count >= Self.shortestKeyBytes })
    }

    /// Holds these of the configuration until it has been replaced twice.
    package func configure(_ secrets: Set<String>) {
        state.withLock { state in
            if state.configured != secrets { state.earlier = state.configured }
            state.configured = secrets
        }
        hold(Array(secrets))
    }

    private func add(_ secret: String, to state: inout State) {
        state.index.insert(secret)
        state.bytes += secret.utf8.count
    }

    private func forgetOldest(_ state: inout State) {
        guard state.uses.count > maximum || state.bytes > Self.maximumSecretBytes else { return }
        let configured = state.configured.union(state.earlier)
        let candidates = state.uses.filter { !configured.contains($0.key) }.sorted { $0.value < $1.value }
        // Some more at once, because finding them takes a look at all.
        var excess = candidates.count - maximum * 7 / 8
        for (secret, _) in candidates {
            guard excess > 0 || state.bytes > Self.maximumSecretBytes else { return }
            state.index.remove(secret)
            state.uses[secret] = nil
            state.bytes -= secret.utf8.count
            excess -= 1
        }
    }

    // MARK: Text

    /// The text with a mask for each quoted secret; cut when it is very long.
    ///
    /// - Parameter more: What is a secret in this text only, such as words of an address that the sender was called by.
    package func redacted(_ text: String, and more: [String] = []) -> String {
        var own = SecretIndex()
        for secret in more where Self.isSecret(secret) { own.insert(secret) }
        // A look at the beginning of a text of megabytes must not cost a copy of it.
        let bytes = Array(text.utf8.prefix(Self.maximumTextBytes + 1))
        let isCut = bytes.count > Self.maximumTextBytes
        let end = isCut ? bytes.count - Self.cutBytes : bytes.count
        let found = state.withLock { state in
            Self.quotations(in: bytes, end: end) {
                max(state.index.quotation(in: bytes, at: $0), own.quotation(in: bytes, at: $0))
            }
        }
        guard isCut || !found.isEmpty else { return text }
        return Self.masked(bytes, found, end: end)
    }

    /// Whether the text quotes any.
    package func finds(in text: String) -> Bool {
        let bytes = Array(text.utf8)
        return state.withLock { state in
            bytes.indices.contains { state.index.quotation(in: bytes, at: $0) > 0 }
        }
    }

    private static func quotations(
        in bytes: [UInt8], end: Int, _ length: (Int) -> Int
    ) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var position = 0
        while position < end {
            let count = length(position)
            if count > 0 { found.append(position..<position + count) }
            position += max(1, count)
        }
        return found
    }

    private static func masked(_ bytes: [UInt8], _ found: [Range<Int>], end: Int) -> String {
        var result: [UInt8] = []
        var position = 0
        for range in found {
            result += bytes[position..<range.lowerBound]
            result += mask.utf8
            position = range.upperBound
        }
        if position < end { result += bytes[position..<end] }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isSecret(_ text: String) -> Bool { text.utf8.count >= SecretIndex.keyBytes }
}
