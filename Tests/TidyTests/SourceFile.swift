import Foundation
import TestSupport

// Tidy: the house rules as tests. They read the repository's own text, know nothing of Swift beyond strings, comments and
// braces, and name file and line of what they find.

/// A Swift file of the repository.
struct SourceFile: Sendable {
    /// Path below the repository's root.
    let path: String
    /// Its lines as written.
    let lines: [Substring]
    /// Its lines with comments and the contents of strings taken out.
    let code: [Substring]

    init(path: String) throws {
        self.path = path
        guard let text = Files.read("\(Programs.repository)/\(path)") else { throw TestFailure("\(path) is not there") }
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        code = SourceFile.codeOnly(text).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The Swift files below `Sources` or one of its folders, sorted.
    static func all(below folder: String) throws -> [SourceFile] {
        try sources.get().filter { $0.path.hasPrefix("\(folder)/") }
    }

    // Read once: every rule looks at all of them.
    private static let sources = Result {
        try paths(below: "Sources").filter { $0.hasSuffix(".swift") }.map(SourceFile.init)
    }

    /// The paths of regular files below a folder of the repository, sorted.
    static func paths(below folder: String) -> [String] {
        let root = URL(fileURLWithPath: "\(Programs.repository)/\(folder)").resolvingSymlinksInPath().path
        guard let walk = FileManager.default.enumerator(atPath: root) else { return [] }
        var found: [String] = []
        for case let path as String in walk {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder) else { continue }
            if !isFolder.boolValue { found.append("\(folder)/\(path)") }
        }
        return found.sorted()
    }

    /// Every line of code a pattern matches, as `path:line: text`.
    func matches(_ pattern: some RegexComponent) -> [String] {
        code.indices.filter { code[$0].contains(pattern) }.map { "\(path):\($0 + 1): \(lines[$0])" }
    }

    /// The text without comments and without what stands inside string literals; line breaks stay.
    static func codeOnly(_ text: String) -> String {
        var result: [UInt8] = []
        var scanner = Scanner(bytes: Array(text.utf8))
        while let byte = scanner.current {
            guard byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#") else {
                result.append(byte)
                scanner.index += 1
                continue
            }
            if scanner.starts(with: "//") {
                scanner.skip { $0 == UInt8(ascii: "\n") }
            } else if scanner.starts(with: "/*") {
                scanner.skipBlockComment(into: &result)
            } else if let delimiter = scanner.stringDelimiter() {
                scanner.skipString(delimiter, into: &result)
            } else {
                result.append(byte)
                scanner.index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Functions and initialisers with the number of their lines.
    func functions() -> [(name: String, line: Int, length: Int)] {
        var found: [(String, Int, Int)] = []
        for (index, line) in code.enumerated() {
            guard line.contains(/(^|\s)(func\s+\S|init[?]?\()/) else { continue }
            guard let end = closingLine(from: index) else { continue }
            found.append((line.trimmingCharacters(in: .whitespaces), index + 1, end - index + 1))
        }
        return found
    }

    // The line of the brace that closes the first one opened at or after a line; nil for a declaration without a body.
    private func closingLine(from start: Int) -> Int? {
        var depth = 0
        var parentheses = 0
        for index in start..<code.count {
            for character in code[index].utf8 {
                switch character {
                case UInt8(ascii: "("): parentheses += 1
                case UInt8(ascii: ")"): parentheses -= 1
                case UInt8(ascii: "{") where parentheses == 0 || depth > 0: depth += 1
                case UInt8(ascii: "}") where parentheses == 0 || depth > 0:
                    depth -= 1
                    if depth == 0 { return index }
                    if depth < 0 { return nil }
                default: continue
                }
            }
            // A requirement of a protocol ends with its line.
            if depth == 0, parentheses == 0, index > start || !code[index].hasSuffix("->") {
                let next = index + 1 < code.count ? code[index + 1].trimmingCharacters(in: .whitespaces) : "}"
                let goesOn = ["{", ")", "where", "->", "throws", "async"].contains { next.hasPrefix($0) }
                if !goesOn { return nil }
            }
        }
        return nil
    }
}
