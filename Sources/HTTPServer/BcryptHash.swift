import CCrypt

/// A bcrypt hash as `htpasswd -B` writes it: `$2y$`, two digits of cost, `$`, 22 characters of salt, 31 of
/// digest.
struct BcryptHash: Sendable {
    /// A higher cost would make one check take longer than a request may.
    static let maximumCost = 16
    /// The lowest cost that bcrypt defines.
    static let minimumCost = 4
    /// The library refuses longer phrases; bcrypt itself looks at 72 bytes.
    static let maximumPasswordBytes = 511

    private static let digestLength = 31
    private static let saltLength = 22

    private let text: String
    /// The work of one check is 2 to the power of this.
    let cost: Int

    /// The error repeats nothing of the text.
    init(_ text: String) throws(BcryptHashError) {
        let bytes = Array(text.utf8)
        guard ["$2a$", "$2b$", "$2y$"].contains(where: text.hasPrefix) else {
            throw BcryptHashError(
                reason: "the hash does not start with $2a$, $2b$ or $2y$; make one with htpasswd -nB <user>")
        }
        guard bytes.count == 7 + Self.saltLength + Self.digestLength, bytes[6] == UInt8(ascii: "$"),
            bytes[7...].allSatisfy(Self.isBase64)
        else {
            throw BcryptHashError(
                reason: "the hash is not 60 characters of bcrypt; was it shortened or were its $ expanded?")
        }
        guard let cost = Self.cost(bytes[4], bytes[5]), cost >= Self.minimumCost, cost <= Self.maximumCost
        else {
            throw BcryptHashError(
                reason: "the cost of the hash must be \(Self.minimumCost) to \(Self.maximumCost)")
        }
        self.text = text
        self.cost = cost
    }

    /// A hash of this cost that no password is known for, to spend the same time on unknown users.
    init(dummyOfCost cost: Int) {
        self.cost = cost
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        text = "$2b$\(digits)$" + String(repeating: ".", count: Self.saltLength + Self.digestLength)
    }

    /// Takes milliseconds to seconds by design; blocks the thread.
    func matches(_ password: [UInt8]) -> Bool {
        guard password.count <= Self.maximumPasswordBytes, !password.contains(0) else { return false }
        var phrase = password.map { CChar(bitPattern: $0) } + [0]
        var output = [CChar](repeating: 0, count: 128)
        let result = ccrypt_hash(&phrase, text, &output, output.count)
        guard result == 0 else { return false }
        // Only the digest counts: the library may write the salt's unused bits differently.
        let computed = output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.suffix(Self.digestLength)
        return Self.equalInConstantTime(computed, text.utf8.suffix(Self.digestLength))
    }

    /// Takes as long for a difference in the first byte as in the last.
    static func equalInConstantTime(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func cost(_ tens: UInt8, _ ones: UInt8) -> Int? {
        guard (0x30...0x39).contains(tens), (0x30...0x39).contains(ones) else { return nil }
        return Int(tens - 0x30) * 10 + Int(ones - 0x30)
    }

    /// bcrypt's alphabet `./A-Za-z0-9`.
    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2E...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}

/// Why a text is no usable bcrypt hash; `BasicAuthenticator` adds the user and throws it as
/// `HTTPServerError`.
struct BcryptHashError: Error, Equatable {
    /// Plain English without any part of the text.
    let reason: String
}
