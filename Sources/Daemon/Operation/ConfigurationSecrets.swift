import AWSClient
import Configuration

extension ServiceURL {
    /// Words of the path from this length on are taken for secrets in what the URL's own server answers.
    private static let shortestWord = 6

    /// What must not be shown of this URL's own server's answers, as error pages quote addresses.
    var secrets: [String] {
        words.filter { $0.utf8.count >= Self.shortestWord } + userSecrets
            + [URLUser.pair(self).map { String(decoding: $0.name, as: UTF8.self) } ?? ""]
    }

    /// What must not be shown of any text: without words that are a part of the language.
    fileprivate var tellingSecrets: [String] { words.filter(\.looksSecret) + userSecrets }

    /// Of the path and the query, as they are written and decoded.
    private var words: [String] {
        withoutUser.value.dropFirst(origin.count).split { "/?&=".contains($0) }.flatMap { word in
            Set([String(word), String(decoding: URLUser.percentDecoded(word), as: UTF8.self)])
        }
    }

    /// The password with and without its user; a user without a password is a token.
    private var userSecrets: [String] {
        guard let user, let (name, password) = URLUser.pair(self) else { return [] }
        let secret = String(decoding: password.isEmpty ? name : password, as: UTF8.self)
        return [user.value, String(decoding: name + [UInt8(ascii: ":")] + password, as: UTF8.self), secret]
    }
}

extension Configuration {
    /// All that the configuration holds and nobody may see; what is in files is told when these are read.
    package var secrets: Set<String> {
        let urls =
            accounts.compactMap(\.endpointURL) + remoteWrite.map(\.url) + alerts.receivers.compactMap(\.url)
        let arguments = alerts.receivers.flatMap(\.arguments).filter(\.looksSecret)
        return Set(
            urls.flatMap(\.tellingSecrets) + arguments + accounts.compactMap(\.externalID?.value)
                + web.basicAuthUsers.values.map(\.value))
    }
}

extension AWSEnvironment {
    /// Users and passwords of proxies.
    package var proxySecrets: [String] {
        variables.filter { $0.key.lowercased().hasSuffix("_proxy") }.values
            .compactMap { ServiceURL(text: $0) }.flatMap(\.tellingSecrets)
    }
}

extension AlertReceiver {
    fileprivate var url: ServiceURL? {
        switch target {
        case .alertmanager(let url), .webhook(let url), .slack(let url): url
        case .sns, .command: nil
        }
    }

    fileprivate var arguments: [String] {
        guard case .command(_, let arguments) = target else { return [] }
        return arguments.map(\.value)
    }
}

extension String {
    /// Long, or of letters with digits or capitals: unlike `services`, which would be missing in other texts.
    fileprivate var looksSecret: Bool {
        guard utf8.count < 16 else { return true }
        let hasCapitalOrDigit = utf8.contains {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return utf8.count >= 8 && hasCapitalOrDigit && contains(where: \.isLetter)
    }
}
