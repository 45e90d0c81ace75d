/// Every limit and interval of remote write, in one place.
enum RemoteWriteLimits {
    /// Between two looks for settled minutes, of which there is a new one each minute.
    static let pauseSeconds = 10.0
    /// Minutes whose rows are read from the store at once.
    static let sliceMinutes = 15
    /// How long a stream waits for a hole to be filled when later minutes are there; each hole costs it so much once.
    static let holeSeconds = 3600.0
    /// How long after its first change a minute is sent again: late data comes in parts, and a receiver that takes a
    /// second value need not take a third.
    static let revisionSeconds = 900.0

    /// Samples of one request.
    static let samplesPerRequest = 2000
    /// Of one request, before compression; half of what the transport sends at most.
    static let bytesPerRequest = 512 << 10
    /// Requests that a refused batch may cost while the samples at fault are looked for.
    static let splitsPerBatch = 32

    static let requestTimeout = Duration.seconds(30)
    static let responseBytes = 64 << 10
    static let firstBackoffSeconds = 1.0
    static let longestBackoffSeconds = 60.0
    /// A longer `Retry-After` is cut to it.
    static let longestRetryAfterSeconds = 3600.0
    /// Of an answer's text in the log.
    static let loggedCharacters = 300
}
