/// What a service says when all is well.
struct ServiceAnswer {
    var body: [UInt8]
    /// Metrics that AWS would bill. Its price list does not mention pages; each is taken for a request of its own.
    var metricsRequested = 0
    /// What SNS was asked to send.
    var published: Publication?
}
