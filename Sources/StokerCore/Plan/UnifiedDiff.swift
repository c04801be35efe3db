/// A unified diff as git prints it: `patch` and `git apply` take it, and git's headers say what hunks cannot (an empty
/// file, an executable bit).
public enum UnifiedDiff {
    /// One version of a file.
    public struct Side: Sendable {
        /// What is compared.
        let bytes: [UInt8]
        /// What is printed: as many lines, with secrets masked.
        let shown: [UInt8]
        let executable: Bool

        /// - Parameter shown: the bytes with secrets masked, line by line (`SecretMask`); nil prints them as they are.
        public init(_ bytes: [UInt8], shown: [UInt8]? = nil, executable: Bool = false) {
            self.bytes = bytes
            self.shown = shown ?? bytes
            self.executable = executable
        }
    }

    /// The difference between two versions of a file, ending in a line break; empty where there is none.
    ///
    /// Lines are aligned by their true bytes and printed as shown. A line that reads the same masked on both sides but
    /// is not, has a changed secret: its new version is marked `(changed)`.
    ///
    /// - Parameters:
    ///   - path: as printed after `a/` and `b/`.
    ///   - old: nil for a file that is created.
    ///   - new: nil for a file that is deleted.
    ///   - context: equal lines around each difference.
    public static func render(path: String, old: Side?, new: Side?, context: Int = 3) -> [UInt8] {
        guard old != nil || new != nil else { return [] }
        let before = old?.bytes ?? []
        let after = new?.bytes ?? []
        let isSame = before == after
        if isSame, old != nil, new != nil, old?.executable == new?.executable { return [] }
        var output = Array(header(path, old, new).utf8)
        if isSame { return output }
        let from = old == nil ? "/dev/null" : quoted("a/" + path)
        let to = new == nil ? "/dev/null" : quoted("b/" + path)
        if isBinary(before) || isBinary(after) {
            return output + Array("Binary files \(from) and \(to) differ\n".utf8)
        }
        // Behind a name with a blank, a tab ends the name, as git writes it; otherwise patch takes a date for it.
        let tab = path.contains(" ") ? "\t" : ""
        output += Array("--- \(from)\(old == nil ? "" : tab)\n+++ \(to)\(new == nil ? "" : tab)\n".utf8)
        var printer = HunkPrinter(DiffLines(before, shown: old?.shown), DiffLines(after, shown: new?.shown))
        return output + printer.hunks(context: context)
    }

    /// As git decides: a zero byte among the first 8,000.
    public static func isBinary(_ bytes: [UInt8]) -> Bool { bytes.prefix(8000).contains(0) }

    private static func header(_ path: String, _ old: Side?, _ new: Side?) -> String {
        var header = "diff --git \(quoted("a/" + path)) \(quoted("b/" + path))\n"
        switch (old, new) {
        case (nil, let new?): header += "new file mode \(mode(new))\n"
        case (let old?, nil): header += "deleted file mode \(mode(old))\n"
        case (let old?, let new?) where old.executable != new.executable:
            header += "old mode \(mode(old))\nnew mode \(mode(new))\n"
        case (nil, nil), (.some, .some): break
        }
        return header
    }

    private static func mode(_ side: Side) -> String { side.executable ? "100755" : "100644" }

    private static func quoted(_ path: String) -> String {
        if !path.contains(where: { $0 == "\"" || $0 == "\\" }) { return path }
        return "\"" + path.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
    }
}
