import Glibc
import Testing

@testable import Web

@Suite("Web pages")
struct WebPagesTests {
    private static let folder = "Sources/Web/Assets"
    private static let all = WebPages.assets + [WebPages.overview, WebPages.pool]
    /// Bytes of everything that the pages of few pools load, before compression.
    private static let budget = 150_000
    /// What the overview of a fleet loads besides.
    private static let fleet: Set = ["fleet.js", "fleet-rows.js", "fleet.css", "paged-table.js"]
    private static let fleetBudget = 30_000

    @Test("every file of the folder is compiled in, byte for byte, and nothing else")
    func complete() throws {
        let names = try Self.names(in: Self.folder)
        #expect(Set(names) == Set(Self.all.map(\.name)))
        #expect(Self.all.count == names.count)
        for asset in Self.all {
            #expect(try Self.read("\(Self.folder)/\(asset.name)") == asset.bytes, "\(asset.name)")
        }
    }

    @Test("all files together keep within the budget")
    func size() {
        func bytes(_ isOfFleet: Bool) -> Int {
            Self.all.filter { Self.fleet.contains($0.name) == isOfFleet }.map(\.bytes.count).reduce(0, +)
        }
        #expect(bytes(false) < Self.budget)
        #expect((1..<Self.fleetBudget).contains(bytes(true)))
    }

    @Test("each file has its type and a tag of its own")
    func types() {
        #expect(Set(Self.all.map(\.etag)).count == Self.all.count)
        for asset in Self.all {
            let suffix = asset.name.split(separator: ".").last
            let type = [
                "html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml",
            ]
            #expect(asset.contentType.hasPrefix(type[String(suffix ?? "")] ?? "?"), "\(asset.name)")
            #expect(asset.etag.first == "\"" && asset.etag.last == "\"" && asset.etag.count > 2)
        }
    }

    @Test("pages hold no markup that the content security policy forbids, and name only files that exist")
    func markup() {
        let known = Set(WebPages.assets.map { "assets/\($0.name)" })
        for page in [WebPages.overview, WebPages.pool] {
            let text = String(decoding: page.bytes, as: UTF8.self)
            #expect(!text.contains("style=") && !text.contains("<style") && !text.contains("onclick"))
            #expect(
                !text.contains("http:") && !text.contains("https:") && !text.contains("href=\"/")
                    && !text.contains("src=\"/"))
            for part in text.split(separator: "\"") where part.hasPrefix("assets/") {
                #expect(known.contains(String(part)), "\(page.name) names \(part)")
            }
        }
    }

    @Test("scripts write text, never markup, and evaluate nothing")
    func scripts() {
        for asset in WebPages.assets where asset.name.hasSuffix(".js") {
            let text = String(decoding: asset.bytes, as: UTF8.self)
            for word in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
            ] {
                #expect(!text.contains(word), "\(asset.name): \(word)")
            }
        }
    }

    private struct Unreadable: Error {
        let path: String
    }

    private static func names(in folder: String) throws -> [String] {
        guard let directory = opendir(folder) else { throw Unreadable(path: folder) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }
}
