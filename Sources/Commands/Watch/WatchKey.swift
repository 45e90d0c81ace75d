/// A key that was pressed.
enum WatchKey: Equatable, Sendable {
    case character(Character)
    case enter
    case escape
    case backspace
    case up
    case down
    case pageUp
    case pageDown
    case home
    case end
    /// Ctrl-U: the whole line away.
    case erase
    /// Ctrl-L: draw everything again.
    case redraw
}

/// Keys out of the bytes of a terminal (ECMA-48 control sequences as xterm sends them); bytes may come in any portions.
struct WatchKeyDecoder: Sendable {
    /// A longer sequence is none that a key sends.
    private static let maximumPending = 16
    private static let escape: UInt8 = 0x1B
    /// By final byte of `ESC [` and `ESC O`.
    private static let finals: [UInt8: WatchKey] = [
        UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end,
    ]
    /// By number before `~`.
    private static let numbers: [String: WatchKey] = [
        "1": .home, "4": .end, "5": .pageUp, "6": .pageDown, "7": .home, "8": .end,
    ]

    private var pending: [UInt8] = []

    /// Whether an ESC may still become a sequence; if nothing follows soon it was the key, see `flush`.
    var isWaiting: Bool { pending.first == Self.escape }

    mutating func take(_ bytes: some Sequence<UInt8>) -> [WatchKey] {
        var keys: [WatchKey] = []
        for byte in bytes {
            pending.append(byte)
            if let key = next() { keys.append(key) }
            if pending.count > Self.maximumPending { pending = [] }
        }
        return keys
    }

    /// Nothing followed: an ESC was the key itself, and what is unfinished is none.
    mutating func flush() -> [WatchKey] {
        defer { pending = [] }
        return pending == [Self.escape] ? [.escape] : []
    }

    /// The key that the pending bytes make; nil while they are unfinished or mean nothing.
    private mutating func next() -> WatchKey? {
        guard let first = pending.first else { return nil }
        if first == Self.escape { return sequence() }
        if first < 0x80 {
            pending = []
            return Self.single(first)
        }
        return scalar()
    }

    private static func single(_ byte: UInt8) -> WatchKey? {
        switch byte {
        case 0x0A, 0x0D: .enter
        case 0x08, 0x7F: .backspace
        case 0x0C: .redraw
        case 0x15: .erase
        case 0x20...0x7E: .character(Character(Unicode.Scalar(byte)))
        case _: nil
        }
    }

    private mutating func sequence() -> WatchKey? {
        guard pending.count > 1 else { return nil }
        guard pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
            // Two ESC are the key twice; anything else is a key with Alt, which means nothing here.
            let isDoubled = pending[1] == Self.escape
            pending = isDoubled ? [Self.escape] : []
            return isDoubled ? .escape : nil
        }
        guard pending.count > 2, let last = pending.last, (0x40...0x7E).contains(last) else { return nil }
        defer { pending = [] }
        guard last == UInt8(ascii: "~") else { return Self.finals[last] }
        let parameters = String(decoding: pending[2..<(pending.count - 1)], as: UTF8.self)
        return Self.numbers[String(parameters.prefix { $0 != ";" })]
    }

    /// RFC 3629: up to four bytes.
    private mutating func scalar() -> WatchKey? {
        if let text = String(validating: pending, as: UTF8.self), let character = text.first {
            pending = []
            return .character(character)
        }
        if pending.count >= 4 { pending = [] }
        return nil
    }
}
