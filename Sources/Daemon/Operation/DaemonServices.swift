import AWSClient
import Notifications
import System
import UsageStore

/// What the parts of the daemon share from its start to its end.
struct DaemonServices: Sendable {
    let environment: AWSEnvironment
    let clock: PollClock
    let log: Log
    let store: UsageStore
    let state: RunningState
    let alerts: AlertCenter
}
