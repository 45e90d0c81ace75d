/// Why a body was not written.
package enum AlertingError: Error, Equatable, CustomStringConvertible {
    case unwritableBody(reason: String)

    package var description: String {
        switch self {
        case .unwritableBody(let reason): "a notification's body cannot be written: \(reason)"
        }
    }
}
