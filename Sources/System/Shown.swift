/// How what people typed may appear in messages.
package enum Shown {
    private static let characters = 60

    /// A value in quotes, shortened and escaped; only its length when it looks like a secret in the wrong place.
    package static func value(_ text: String) -> String {
        guard !looksSecret(text) else { return "this value of \(text.count) characters" }
        return VisibleText.quoted(text)
    }

    /// A key as it is, if it is of the harmless kind that keys are.
    package static func key(_ text: String) -> String {
        let harmless = text.allSatisfy { $0.isASCIILetterOrDigit || "_-.@".contains($0) }
        return harmless && (1...characters).contains(text.count) ? text : "<key>"
    }

    /// Hashes, URLs, and whatever has an `@` or the length of a token.
    private static func looksSecret(_ text: String) -> Bool {
        text.contains("$2") || text.contains("://") || text.contains("@")
    }
}

/// Finds the word that was probably meant.
package enum Suggestion {
    /// The nearest of the words, if it is near enough to be a slip of the fingers.
    package static func nearest(to word: String, in words: [String]) -> String? {
        let longest = 40
        guard word.count <= longest else { return nil }
        let scored = words.map { (distance(word, $0), $0) }
        guard let best = scored.min(by: { $0 < $1 }), best.0 <= max(1, word.count / 3) else { return nil }
        return best.1
    }

    /// How many insertions, deletions, replacements and swaps of neighbours lead from one word to the other.
    private static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a)
        let b = Array(b)
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                let same = a[i] == b[j]
                var cost = min(last[j] + (same ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
