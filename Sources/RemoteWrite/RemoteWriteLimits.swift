/// Every limit and interval of remote write, in one place.
package enum RemoteWriteLimits {
    /// Between two looks for settled minutes, of which there is a new one each minute.
    package static let pauseSeconds = 10.0
    /// Minutes whose rows are read from the store at once.
    package static let sliceMinutes = 15
    /// How long a stream waits for a hole to be filled when later minutes are there; each hole costs it so much once.
    package static let holeSeconds = 3600.0
    /// How long after its first change a minute is sent again: late data comes in parts, and a receiver that takes a
    /// second value need not take a third.
    package static let revisionSeconds = 900.0

    /// Samples of one request.
    package static let samplesPerRequest = 2000
    /// Of one request, before compression; half of what the transport sends at most.
    package static let bytesPerRequest = 512 << 10
    /// Requests that a refused batch may cost while the samples at fault are looked for.
    package static let splitsPerBatch = 32

    package static let requestTimeout = Duration.seconds(30)
    package static let responseBytes = 64 << 10
    package static let firstBackoffSeconds = 1.0
    package static let longestBackoffSeconds = 60.0
    /// A longer `Retry-After` is cut to it.
    package static let longestRetryAfterSeconds = 3600.0
    /// Of an answer's text in the log.
    package static let loggedCharacters = 300
}
