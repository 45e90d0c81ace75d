import Alerting
import Configuration
import Testing

@testable import Notifications

@Suite("How receivers are told")
struct ReceiverFormsTests {
    @Test("An Alertmanager gets all alerts together, others groups of them unless they want single ones")
    func forms() throws {
        let text = """
            alerts:
              receivers:
                - { type: alertmanager, url: "http://a" }
                - { type: slack, url: "http://b" }
                - { type: slack, url: "http://c", group: false }
            """
        #expect(
            NotificationOutbox.forms(try Configuration.load(text: text, file: "f").receivers) == [
                "alertmanager": .batch, "slack": .grouped, "slack-2": .single,
            ])
    }
}
