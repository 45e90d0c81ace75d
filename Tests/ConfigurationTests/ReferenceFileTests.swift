import FoundationEssentials
import Notifications
import QuotaModel
import System
import Testing

@testable import Configuration

/// The configuration file that is shipped.
enum ReferenceFile {
    static let path: String = {
        let folders = #filePath.split(separator: "/").dropLast(3)
        return "/" + folders.joined(separator: "/") + "/config/bedrock-quota-exporter.yml"
    }()

    static func text() throws -> String {
        let data = try #require(FileManager.default.contents(atPath: path), "no file at \(path)")
        return String(decoding: data, as: UTF8.self)
    }

    /// The text with the settings in comments switched on, each in place of its default.
    static func switchedOn() throws -> String {
        var lines: [Substring] = []
        for line in try text().split(separator: "\n", omittingEmptySubsequences: false) {
            let indent = line.prefix { $0 == " " }
            let rest = line.dropFirst(indent.count)
            let isSetting = rest.hasPrefix("#") && !rest.hasPrefix("# ") || rest.hasPrefix("#  ")
            guard isSetting else {
                lines.append(line)
                continue
            }
            let setting = Substring(indent + rest.dropFirst())
            let key = setting.prefix { $0 != ":" } + ":"
            if !setting.contains("- "), lines.last?.hasPrefix(key) == true { lines.removeLast() }
            lines.append(setting)
        }
        return lines.joined(separator: "\n")
    }

    /// Each section by itself, without lines that hold a comment: what is cut or changed at every byte is read as often as it has
    /// bytes, and had better be short.
    static func sections() throws -> [[UInt8]] {
        var sections: [[UInt8]] = []
        for line in try switchedOn().split(separator: "\n") where !line.contains("# ") {
            if line.first != " " || sections.isEmpty { sections.append([]) }
            sections[sections.count - 1] += Array(line.utf8) + Array("\n".utf8)
        }
        return sections
    }
}

@Suite("Reference file")
struct ReferenceFileTests {
    @Test("The reference file loads as the defaults")
    func loadsAsDefaults() throws {
        #expect(try Configuration.loadFile(path: ReferenceFile.path) == Configuration.defaults)
        #expect(try Configuration.load(text: "", file: "f") == Configuration.defaults)
    }

    @Test("The settings in its comments load once they are switched on")
    func commentsLoad() throws {
        let text = try ReferenceFile.switchedOn().replacing("  - name:\n", with: "  - name: first\n")
            .replacing("    regions: []\n", with: "    regions: [ap-southeast-1]\n")
        let configuration = try Configuration.load(text: text, file: "f")
        #expect(configuration.web.basicAuthUsers.keys.sorted() == ["prometheus"])
        #expect(configuration.accounts.map(\.name) == ["first", "prod"])
        #expect(configuration.accounts[1].externalID == Secret("4f1c2d"))
        #expect(configuration.organization?.exclude == ["111122223333", "ou-ab12-33334444"])
        #expect(configuration.organization?.refresh == .hours(1))
        #expect(configuration.quotas.overrides.count == 3)
        #expect(
            configuration.quotas.rates.overrides == [
                BurndownOverride(model: "anthropic.claude-opus-4-8*", rate: 15)
            ])
        #expect(configuration.receivers.map(\.kind) == AlertReceiver.Kind.allCases)
    }

    @Test("It holds every key, each default and a comment before each key of a section")
    func isComplete() throws {
        let text = try ReferenceFile.text()
        let root = try YAMLParser.parse(bytes: Array(text.utf8), file: "f")
        let all = try YAMLParser.parse(bytes: Array(try ReferenceFile.switchedOn().utf8), file: "f")
        for key in ConfigurationKeys.all {
            #expect(!find(key.path, in: all).isEmpty, "\(key.path) is missing")
            guard let standard = key.standard, !key.path.hasPrefix("accounts") else { continue }
            // An organization's defaults are written in its comments: without any of its keys there is none.
            let isFound = key.path.hasPrefix("organization.")
            if isFound, standard == "[]" { continue }
            let written = find(key.path, in: isFound ? all : root).first
            #expect(
                written.map(spelled).map(plainest) == standard,
                "\(key.path) is written as \(String(describing: written))")
        }
    }

    @Test("Cut at every byte it is refused or loaded, never a crash")
    func truncation() throws {
        var loaded = 0
        for bytes in try ReferenceFile.sections() {
            for count in bytes.indices {
                do throws(ConfigurationError) {
                    _ = try Configuration.load(bytes: Array(bytes[..<count]), file: "f")
                    loaded += 1
                } catch {
                    #expect(error.description.hasPrefix("f:"))
                }
            }
        }
        #expect(loaded > 100)
    }

    @Test("With single bytes changed it is refused or loaded, never a crash")
    func mutation() throws {
        let replacements = Array("\n\t '\"#:-[]{}&a0\\\0\u{FF}é".utf8) + [0xFF]
        var refused = 0
        for bytes in try ReferenceFile.sections() {
            for index in bytes.indices {
                var changed = bytes
                changed[index] = replacements[index % replacements.count]
                do throws(ConfigurationError) {
                    _ = try Configuration.load(bytes: changed, file: "f")
                } catch {
                    refused += 1
                    #expect(!error.problems.isEmpty && error.description.hasPrefix("f:"))
                }
            }
        }
        #expect(refused > 500)
    }

    private func spelled(_ node: YAMLNode) -> String {
        switch node.value {
        case .scalar(let text, _): text
        case .list(let items): items.isEmpty ? "[]" : "a list"
        case .map(let entries): entries.isEmpty ? "{}" : "a map"
        case .empty: "nothing"
        }
    }

    /// The spelling of the manual, which is that of the page: `1m` for `60s`, `0.7` for `0.70`.
    private func plainest(_ text: String) -> String {
        TimeSpan(text)?.description ?? Double(text).map(YAMLWriter.digits) ?? text
    }

    /// All nodes at a path; `[]` stands for every item of a list.
    private func find(_ path: String, in root: YAMLNode) -> [YAMLNode] {
        var nodes = [root]
        for part in path.split(separator: ".") {
            let name = part.prefix { $0 != "[" }
            nodes = nodes.flatMap { node -> [YAMLNode] in
                guard case .map(let entries) = node.value else { return [] }
                return entries.filter { $0.key == name }.map(\.node)
            }
            guard part.hasSuffix("[]") else { continue }
            nodes = nodes.flatMap { node -> [YAMLNode] in
                guard case .list(let items) = node.value else { return [] }
                return items
            }
        }
        return nodes
    }
}
