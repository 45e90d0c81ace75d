/// Why a stored state was not taken or a body not written.
package enum AlertingError: Error, Equatable, CustomStringConvertible {
    case unreadableState(reason: String)
    case unknownVersion(Int)
    case unwritableBody(reason: String)

    package var description: String {
        switch self {
        case .unreadableState(let reason): "the stored alert state cannot be read: \(reason)"
        case .unwritableBody(let reason): "a notification's body cannot be written: \(reason)"
        case .unknownVersion(let version):
            "the stored alert state has version \(version), but this program knows version \(AlertStateForm.version)"
        }
    }
}
