/// Turns the paths of the staged tree, which only the validator knows, back into names that people know.
public struct StagedNames: Sendable {
    /// One staged folder.
    public struct Folder: Sendable {
        /// Absolute, cleaned.
        public let path: String
        /// The name for people of a file in it, given relative to the folder.
        public let name: @Sendable (String) -> String

        /// `name` gets `.` for the folder itself.
        public init(path: String, name: @escaping @Sendable (String) -> String) {
            self.path = path
            self.name = name
        }
    }

    private let folders: [Folder]

    /// The first folder that has a path names it.
    public init(_ folders: [Folder]) { self.folders = folders }

    /// The name for people of a staged path; nil where it is none.
    public func name(of path: String) -> String? {
        for folder in folders {
            if let relative = LexicalPath.relative(path, below: folder.path) { return folder.name(relative) }
            if path == folder.path { return folder.name(".") }
        }
        return nil
    }

    /// The staged path at the start of a text.
    public func leadingPath(of text: Substring) -> Substring? {
        for folder in folders where text.hasPrefix(folder.path) {
            let end = Self.end(in: text.dropFirst(folder.path.count), quoted: false)
            return text[..<end]
        }
        return nil
    }

    /// The text with every staged path in it replaced by its name.
    public func translate(_ text: String) -> String {
        var text = text
        for folder in folders where text.contains(folder.path) { text = translate(text, folder) }
        return text
    }

    private func translate(_ text: String, _ folder: Folder) -> String {
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: folder.path) {
            result += rest[..<found.lowerBound]
            let quoted = result.last == "\""
            let after = rest[found.upperBound...]
            // `/a/tree` must not be taken out of `/a/tree-2`.
            if let next = after.first, next != "/", !Self.ends(next) {
                result += folder.path
                rest = after
                continue
            }
            let end = Self.end(in: after, quoted: quoted)
            let relative = after[..<end].drop { $0 == "/" }
            result += folder.name(relative.isEmpty ? "." : String(relative))
            rest = after[end...]
        }
        return result + rest
    }

    private static func ends(_ character: Character) -> Bool { ":\"'` ,)]\n\t".contains(character) }

    /// Where a path ends in running text. A name with blanks is only understood in quotes.
    private static func end(in text: Substring, quoted: Bool) -> Substring.Index {
        if quoted { return text.firstIndex { $0 == "\"" || $0 == "\n" } ?? text.endIndex }
        return text.firstIndex(where: ends) ?? text.endIndex
    }
}
