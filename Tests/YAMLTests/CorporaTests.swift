import Foundation
import StokerCore
import Testing
import YAML

/// Real files: everything that a validator accepts must parse, and every scalar must stand where we say.
@Suite struct CorporaTests {
    /// Beside the repository; links resolved, because a package may be built through them.
    private static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("../../../shared/corpora").standardizedFileURL

    private static func files() -> [URL] {
        let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (walk?.compactMap { $0 as? URL } ?? []).filter { ["yml", "yaml"].contains($0.pathExtension) }
    }

    @Test func scalarsStandWhereTheirRangesSay() throws {
        let files = Self.files()
        if files.isEmpty { return print("skipped: there is no folder ../shared/corpora") }
        var scalars = 0
        var refused = 0
        for file in files {
            let bytes = [UInt8](try Data(contentsOf: file))
            let documents: [Node]
            do throws(YAMLError) { documents = try YAML.parseAll(bytes) } catch {
                refused += 1
                continue
            }
            var check = PlaceCheck(file: file.lastPathComponent, bytes: bytes)
            for document in documents { check.node(document) }
            scalars += check.scalars
        }
        print("corpora: \(files.count) files, \(refused) not YAML, \(scalars) scalars checked")
        #expect(scalars > 10_000)
        #expect(refused * 20 < files.count, "too many files refused")
    }
}

/// Compares the scalars of one file with its bytes. Records a failure only where there is one: there are a million.
private struct PlaceCheck {
    let file: String
    let bytes: [UInt8]
    private let lineStarts: [Int]
    private(set) var scalars = 0

    init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
        lineStarts = [0] + bytes.indices.filter { bytes[$0] == 0x0a }.map { $0 + 1 }
    }

    mutating func node(_ node: Node) {
        switch node.value {
        case .sequence(let items):
            for item in items { self.node(item) }
        case .mapping(let pairs):
            for pair in pairs {
                self.node(pair.key)
                self.node(pair.value)
            }
        case .scalar(let text, let style):
            scalars += 1
            scalar(text, style, node)
        }
    }

    private func scalar(_ text: String, _ style: Node.Style, _ node: Node) {
        let source = String(decoding: bytes[node.bytes], as: UTF8.self)
        let isRight =
            switch style {
            // A plain text over several lines is folded; one tagged as text counts as quoted.
            case .plain: source.contains("\n") || source == text
            case .quoted: source == text || source.first == source.last && (source.first == "\"" || source.first == "'")
            case .block: source.first == "|" || source.first == ">"
            }
        if !isRight { Issue.record("\(file):\(node.mark.line):\(node.mark.column): \(text) is \(source)") }

        let start = lineStarts[node.mark.line - 1]
        let column = bytes[start..<max(start, node.bytes.lowerBound)].count { $0 & 0xc0 != 0x80 } + 1
        if column != node.mark.column { Issue.record("\(file):\(node.mark.line):\(node.mark.column): is at \(column)") }
    }
}
