import Alerting
import FoundationEssentials
import System

/// A value of a CloudFormation template in JSON.
indirect enum TemplateValue: Encodable, Equatable, ExpressibleByStringLiteral {
    case text(String)
    case number(Double)
    case flag(Bool)
    case list([TemplateValue])
    case map([String: TemplateValue])

    init(stringLiteral value: String) { self = .text(value) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        // Whole numbers without a decimal point, as CloudFormation's integer properties want them.
        case .number(let number):
            if let whole = Int(exactly: number) {
                try container.encode(whole)
            } else {
                try container.encode(number)
            }
        case .flag(let flag): try container.encode(flag)
        case .list(let items): try container.encode(items)
        case .map(let entries): try container.encode(entries)
        }
    }

    /// JSON for people: indented, keys sorted, a line feed at the end.
    func rendered() throws(AlertingError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return VisibleText.escapedJSON(String(decoding: try encoder.encode(self), as: UTF8.self)) + "\n"
        } catch {
            throw .unwritableBody(reason: "\(error)")
        }
    }
}
