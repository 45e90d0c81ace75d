/// What can fail while a server is set up; the description is meant for the person who started it.
package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
    /// The listen address cannot be read; `reason` says what is allowed.
    case invalidAddress(String, reason: String)
    /// Somebody else listens on the address.
    case addressInUse(String)
    /// A system call failed while listening on the address.
    case listenFailed(address: String, step: String, errno: Int32)
    /// `start` was called before on this server.
    case alreadyStarted
    /// A user name or bcrypt hash is unusable; neither hash nor password is part of the reason.
    case invalidUser(String, reason: String)

    /// What was attempted, on what, and why it failed.
    package var description: String {
        switch self {
        case .invalidAddress(let text, let reason): "invalid listen address \"\(text)\": \(reason)"
        case .addressInUse(let address):
            "cannot listen on \(address): the address is in use by another process"
        case .listenFailed(let address, let step, let code):
            "cannot listen on \(address): \(step) failed: \(SystemCall.message(code))"
        case .alreadyStarted: "cannot start the HTTP server: it was started before"
        case .invalidUser(let user, let reason): "invalid basic auth user \"\(user)\": \(reason)"
        }
    }
}
