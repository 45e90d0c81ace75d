import FoundationEssentials
import Testing

/// Cuts a text everywhere and puts each of the bytes in each place: whatever a quick reader reads then, the general decoder reads
/// as the same.
///
/// - Returns: How many of the changed texts were read.
func expectAgreement<Answer: Decodable & Equatable>(
    of text: String, changedBy bytes: String, _ read: ([UInt8]) -> Answer?
) -> Int {
    func decoded(_ text: some Sequence<UInt8>) -> Answer? {
        // Whether it can be decoded is what is asked.
        try? JSONDecoder().decode(Answer.self, from: Data(text))
    }
    let text = Array(text.utf8)
    var count = 0
    for index in text.indices {
        #expect(read(Array(text[..<index])).map { $0 == decoded(text[..<index]) } ?? true)
        for byte in Array(bytes.utf8) + [0xC3] {
            var changed = text
            changed[index] = byte
            guard let output = read(changed) else { continue }
            count += 1
            #expect(output == decoded(changed), "\(String(decoding: changed, as: UTF8.self))")
        }
    }
    return count
}
