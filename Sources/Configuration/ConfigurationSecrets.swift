import Notifications
import System

extension Configuration {
    /// All that the configuration holds and nobody may see; what is in files is told when these are read.
    package var secrets: Set<String> {
        let urls =
            accounts.compactMap(\.endpointURL) + remoteWrite.map(\.url) + receivers.compactMap(\.url)
        let arguments = receivers.flatMap(\.arguments).filter(\.looksSecret)
        return Set(
            urls.flatMap(\.tellingSecrets) + arguments + accounts.compactMap(\.externalID?.value)
                + web.basicAuthUsers.values.map(\.value))
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
