/// What callers are told apart by. The callers of one kind split the same use, so kinds are never added to each other.
package enum CallerKind: Hashable, Sendable {
    case role
    case session
    /// A key of the metadata that requests carry.
    case metadata(key: String)
    /// Application inference profiles, whose use CloudWatch tells apart.
    case profile
    /// A tag of application inference profiles.
    case tag(key: String)

    /// What a message about an unknown kind offers.
    package static let forms = "\(loggedForms), \(listedForms)"
    /// Of the kinds that need logs, and of the others.
    package static let loggedForms = "role, session, metadata:KEY"
    package static let listedForms = "application_inference_profile, tag:KEY"

    /// Nil for what is no kind.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts[0], parts.count > 1 ? String(parts[1]) : nil) {
        case ("role", nil): self = .role
        case ("session", nil): self = .session
        case ("metadata", let key?) where !key.isEmpty: self = .metadata(key: key)
        case ("application_inference_profile", nil): self = .profile
        case ("tag", let key?) where !key.isEmpty: self = .tag(key: key)
        case _: return nil
        }
    }

    /// As configurations, flags, URLs and the store spell it.
    package var text: String {
        switch self {
        case .role: "role"
        case .session: "session"
        case .metadata(let key): "metadata:\(key)"
        case .profile: "application_inference_profile"
        case .tag(let key): "tag:\(key)"
        }
    }

    /// Whether only the invocation logs tell the callers apart.
    package var needsLogs: Bool {
        switch self {
        case .role, .session, .metadata: true
        case .profile, .tag: false
        }
    }
}
