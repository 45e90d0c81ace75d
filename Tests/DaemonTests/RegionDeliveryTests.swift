import QuotaModel
import Testing

@testable import Reading

struct RegionDeliveryTests {
    private let noon = Minute(index: 29_538_720)
    private let plan = PollPlan(settings: PollingSettings())

    private func now(_ offset: Int) -> Double { Double(noon.advanced(by: offset).epochSeconds) }

    private func minutes(until offset: Int) -> [Minute] { (-60..<offset).map { noon.advanced(by: $0) } }

    @Test("Invariant 2: what one namespace delivers in time makes no zeros of another's late minutes")
    func late() {
        for isRuntimeLate in [true, false] {
            var delivery = RegionDelivery()
            delivery.take(minutes(until: isRuntimeLate ? 0 : 30), of: .runtime)
            delivery.take(minutes(until: isRuntimeLate ? 30 : 0), of: .mantle)
            let (late, timely) = isRuntimeLate ? (Self.runtime, Self.mantle) : (Self.mantle, Self.runtime)
            #expect(delivery.settledEdge(of: late, now: now(33), plan) == noon.advanced(by: -1))
            #expect(delivery.settledEdge(of: timely, now: now(33), plan) > noon.advanced(by: 25))
            _ = delivery.noteLateness(now: now(33), plan)
            #expect(delivery.lateSince == noon.advanced(by: -1) && delivery.lagSeconds ?? 0 >= 33 * 60)

            // CloudWatch's own count of calls shows that nothing is late.
            delivery.takeOther(noon.advanced(by: 31))
            #expect(delivery.settledEdge(of: late, now: now(33), plan) > noon.advanced(by: 24))
            _ = delivery.noteLateness(now: now(33), plan)
            #expect(delivery.lateSince == nil)
        }
    }

    private static let runtime = "us.acme.m-v1:0"
    private static let mantle = "mantle/acme.m"

    @Test("parts are of bedrock-runtime's namespace; a namespace without minutes goes by the Region")
    func parts() {
        var delivery = RegionDelivery()
        delivery.take(minutes(until: 0))
        delivery.take([noon.advanced(by: 20)], of: SeriesName("tier/reserved/reserved/us.acme.m-v1:0").source)
        #expect(
            delivery.settledEdge(of: Self.runtime, now: now(24), plan)
                >= noon.advanced(by: 20).advanced(by: -5))
        #expect(
            delivery.settledEdge(of: Self.mantle, now: now(24), plan)
                == delivery.settledEdge(now: now(24), plan))
        delivery.forget()
        #expect(delivery.settledEdge(of: Self.runtime, now: now(24), plan) == plan.settledEdge(now: now(24)))
    }
}
