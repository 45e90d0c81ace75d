import FoundationEssentials

/// Decodes request bodies.
enum JSONInput {
    /// An empty body counts as `{}`; throws `malformedInput`.
    static func decoded<Input: Decodable>(_ type: Input.Type, from body: [UInt8]) throws(ServiceError)
        -> Input
    {
        do {
            return try JSONDecoder().decode(type, from: Data(body.isEmpty ? Array("{}".utf8) : body))
        } catch {
            throw ServiceError(.malformedInput, "The request body cannot be read: \(error)")
        }
    }
}
