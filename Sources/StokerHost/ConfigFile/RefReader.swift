import StokerCore

/// At most one of `branch`, `tag` and `commit`, in the source and again in an environment.
struct RefReader {
    private let fields: FieldReader

    init(_ fields: FieldReader) { self.fields = fields }

    /// Nil where none is written, or a wrong one; the latter is reported.
    func read() -> GitRef? {
        let keys = ["branch", "tag", "commit"]
        let written = keys.filter { fields.value($0) != nil }
        for extra in written.dropFirst() {
            fields.complain(
                fields.keyMark(extra), "\(written[0]) and \(extra) exclude each other: a source follows exactly one ref"
            )
        }
        let branch = fields.text("branch").flatMap { name($0, "branch") }
        let tag = fields.text("tag").flatMap(tag)
        let commit = fields.text("commit").flatMap(commit)
        return branch.map(GitRef.branch) ?? tag ?? commit.map(GitRef.commit)
    }

    private func tag(_ text: Located<String>) -> GitRef? {
        guard Self.isPattern(text.value) else { return name(text, "tag").map(GitRef.tag) }
        if let problem = Glob.problem(text.value) {
            fields.complain(text.mark, "tag: \(problem)")
            return nil
        }
        // What is left when the wildcards are filled in must be a name that git allows.
        let example = String(text.value.map { "*?[]".contains($0) ? "0" : $0 })
        if isRefName(example), TagPattern(text.value) != nil { return .tagPattern(text.value) }
        fields.complain(
            text.mark,
            "tag \(quoted(text.value)) matches no name that git allows\(Self.hint(text.value))")
        return nil
    }

    private static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

    private static func hint(_ text: String) -> String {
        text.hasPrefix("refs/") ? "; leave out refs/heads/ or refs/tags/" : ""
    }

    private func name(_ text: Located<String>, _ key: String) -> String? {
        if Self.isPattern(text.value) {
            fields.complain(text.mark, "\(key) must be one name, not a pattern")
            return nil
        }
        if isRefName(text.value) { return text.value }
        fields.complain(text.mark, "\(key) \(quoted(text.value)) is no name that git allows\(Self.hint(text.value))")
        return nil
    }

    private func commit(_ text: Located<String>) -> CommitID? {
        let id = text.value.lowercased()
        if id.utf8.count == 40, id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) {
            return CommitID(id)
        }
        fields.complain(
            text.mark, "commit must be a full commit id of 40 hexadecimal digits, not \(quoted(text.value))")
        return nil
    }

    /// The rules of git check-ref-format for one short name.
    private func isRefName(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isClean = name.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && scalar.value != 0x7f && !"~^:\\".unicodeScalars.contains(scalar)
        }
        return isClean && !name.hasPrefix("-") && !name.hasPrefix("refs/") && !name.hasSuffix(".") && name != "@"
            && !name.contains("..") && !name.contains("@{")
            && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
    }
}
