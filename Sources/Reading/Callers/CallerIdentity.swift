/// Who made a request, out of the ARN that its log has (IAM User Guide, "IAM identifiers").
package struct CallerIdentity: Equatable, Sendable {
    /// The role's name; of who has none, what the ARN names, such as `user/alice`, `federated-user/bob` or `root`.
    package let role: String
    /// The role's and the session's name, `role/session`; of who has no session the same as `role`.
    package let session: String

    /// Any text whatever: what is no ARN of an identity stands for itself.
    package init(arn: String) {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), !parts[5].isEmpty else {
            role = arn
            session = arn
            return
        }
        let resource = parts[5]
        let names = resource.split(separator: "/", omittingEmptySubsequences: false)
        if parts[2] == "sts", names.count == 3, names[0] == "assumed-role", !names[1].isEmpty,
            !names[2].isEmpty
        {
            role = String(names[1])
            session = "\(names[1])/\(names[2])"
        } else if parts[2] == "iam", names.count > 1, names[0] == "role", let name = names.last,
            !name.isEmpty
        {
            // A role without a session, its path left out.
            role = String(name)
            session = role
        } else {
            role = String(resource)
            session = role
        }
    }
}
