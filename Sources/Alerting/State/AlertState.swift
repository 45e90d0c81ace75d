/// What is known of alerts and still to be told of them: the two are stored together.
package struct AlertState: Equatable, Sendable {
    package var machine = AlertStateMachine()
    package var outbox = NotificationOutbox()

    package init() {}

    package init(machine: AlertStateMachine, outbox: NotificationOutbox) {
        self.machine = machine
        self.outbox = outbox
    }
}
