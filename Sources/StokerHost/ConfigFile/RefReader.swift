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
        let tag = fields.text("tag").flatMap { name($0, "tag") }
        let commit = fields.text("commit").flatMap(commit)
        return branch.map(GitRef.branch) ?? tag.map(GitRef.tag) ?? commit.map(GitRef.commit)
    }

    private func name(_ text: Located<String>, _ key: String) -> String? {
        if text.value.contains(where: { "*?[".contains($0) }) {
            let message = key == "tag" ? "tag patterns are not supported yet" : "\(key) must be one name, not a pattern"
            fields.complain(text.mark, message)
            return nil
        }
        if isRefName(text.value) { return text.value }
        let full = text.value.hasPrefix("refs/") ? "; leave out refs/heads/ or refs/tags/" : ""
        fields.complain(text.mark, "\(key) \(quoted(text.value)) is no name that git allows\(full)")
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
