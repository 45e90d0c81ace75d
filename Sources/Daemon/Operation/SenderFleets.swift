import AWSClient
import Configuration
import Notifications
import Polling
import Reading
import RemoteWrite
import System

/// Who is told what is known: the receivers of alerts and those of remote write.
struct SenderFleets: Sendable {
    let notifiers: NotifierFleet
    let remoteWrite: RemoteWriteFleet

    /// Takes over from those before them whatever would be the same. Throws as the fleets do; nothing has begun or ended then.
    init(
        _ configuration: Configuration, _ shared: SharedConfig, after notifiers: NotifierFleet?,
        _ remoteWrite: RemoteWriteFleet?, _ services: DaemonServices
    ) throws {
        let state = services.state
        let throttle = PublishThrottle(clock: services.clock) { state.render() }
        self.notifiers = try NotifierFleet(
            configuration.receivers,
            SenderFactory.Settings(
                pollInterval: configuration.polling.interval, pageURL: configuration.alerts.pageURL),
            after: notifiers, shared: shared,
            services: DeliveryServices(
                source: services.alerts, clock: services.clock, log: services.log, metrics: state.delivery,
                published: { throttle.request() })
        ) { settings in
            try SenderFactory(settings, environment: services.environment, now: services.clock.now)
        }
        self.remoteWrite = try RemoteWriteFleet(
            configuration.remoteWrite, after: remoteWrite, shared: shared, environment: services.environment,
            services: RemoteWriteServices(
                store: services.store, clock: services.clock, log: services.log, metrics: state.remoteWrite,
                storageFailed: { state.metrics.storageFailure() },
                reach: RemoteWriteReach(PollPlan(settings: configuration.polling))))
    }
}
