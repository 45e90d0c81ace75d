/// A URL that is written down, or that a file holds because it is a secret as a whole.
package enum URLSource: Hashable, Sendable {
    case text(ServiceURL)
    /// The path of a file that is read anew for each use.
    case file(String)

    /// The URL of now; throws for a file that holds none, and never shows what it holds.
    package func url(_ readFile: BoundedFile.Reader) throws(SecretFile.Failure) -> ServiceURL {
        switch self {
        case .text(let url): return url
        case .file(let path):
            let text = try SecretFile.text(path, readFile)
            let url: ServiceURL
            do throws(InvalidValue) {
                url = try ServiceURL(text)
            } catch {
                throw SecretFile.Failure(description: "\(path): \(error.reason)")
            }
            Redactor.process.hold(url.tellingSecrets)
            return url
        }
    }
}
