import QuotaModel

/// Label values of one sample, rendered and escaped once, so that a page is put together by copying bytes.
package struct LabelSet: Hashable, Sendable {
    /// `account="prod",region="ap-southeast-1"`; empty for no labels.
    let rendered: String

    package static let none = LabelSet(rendered: "")

    private init(rendered: String) {
        self.rendered = rendered
    }

    /// Labels in the order given; names are the program's own and need no escaping, values may be anything.
    package init(_ pairs: [(name: String, value: String)]) {
        var text = ""
        for (name, value) in pairs {
            if !text.isEmpty { text += "," }
            text += name
            text += "=\""
            Self.appendEscaped(value, to: &text)
            text += "\""
        }
        rendered = text
    }

    /// The same labels with one more at the end.
    package func adding(_ name: String, _ value: String) -> LabelSet {
        let tail = LabelSet([(name, value)]).rendered
        return LabelSet(rendered: rendered.isEmpty ? tail : rendered + "," + tail)
    }

    /// Text format 0.0.4 and OpenMetrics 1.0 alike escape backslash, double quote and line feed in values.
    private static func appendEscaped(_ value: String, to text: inout String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension LabelSet {
    package init(_ region: RegionKey) {
        self.init([("account", region.account), ("region", region.region)])
    }
}
