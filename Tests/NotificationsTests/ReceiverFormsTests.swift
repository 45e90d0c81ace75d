import System
import Testing

@testable import Alerting
@testable import Notifications

@Suite("How receivers are told")
struct ReceiverFormsTests {
    @Test("An Alertmanager gets all alerts together, others groups of them unless they want single ones")
    func forms() throws {
        let url = try ServiceURL("http://a")
        var single = AlertReceiver.slack(url: url)
        single.name = "single"
        single.isGrouped = false
        let receivers = [AlertReceiver.alertmanager(url: url), .slack(url: url), single]
        #expect(
            NotificationOutbox.forms(receivers) == [
                "alertmanager": .batch, "slack": .grouped, "single": .single,
            ])
    }
}
