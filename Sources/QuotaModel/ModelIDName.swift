/// What a model ID is called: the name of its inference profile, and for people the name with the ID.
package enum ModelIDName {
    /// Longer than any name that AWS takes.
    private static let longestName = 128

    /// `customer-support-agent [q7x2m9k4v1zd]`; the ID alone where nobody gave it a name.
    package static func phrase(_ modelID: String, name: String?) -> String {
        name.map { "\($0) [\(modelID)]" } ?? modelID
    }

    /// Nil for what could steer a terminal or be taken for something else: AWS's names are visible ASCII.
    fileprivate static func visible(_ name: String) -> String? {
        let isVisible = name.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        return isVisible && (1...longestName).contains(name.utf8.count) ? name : nil
    }
}

extension InferenceProfile {
    /// The name as it is shown; nil for none.
    package var shownName: String? { ModelIDName.visible(name) }
    /// The name where people gave it; AWS's own profiles have their model's name in their ID.
    package var givenName: String? { kind == .systemDefined ? nil : shownName }
}

extension InferenceProfile.Kind {
    /// As labels and documents spell it.
    package var label: String {
        switch self {
        case .systemDefined: "system_defined"
        case .application: "application"
        case .customModelDeployment: "custom_model_deployment"
        }
    }
}

/// A tag of application inference profiles that is shown as a label of their model IDs.
package struct ProfileTag: Hashable, Sendable {
    /// As AWS has it.
    package let key: String

    package init(_ key: String) {
        self.key = key
    }

    /// `tag_cost_center` of `cost-center`: every character that a label's name cannot have becomes `_`.
    package var label: String {
        let isAllowed = { (character: Character) in
            character.isASCII && (character.isLetter || character.isNumber || character == "_")
        }
        return "tag_" + String(key.map { isAllowed($0) ? $0 : "_" })
    }
}
