/// A pattern of `exclude` and `rule_tests`, read once and asked often.
///
/// `*`, `?`, `[a-z]`, `[^x]` and `\` are those of Go's `filepath.Match`, and none of them crosses a `/`. As in a
/// `.gitignore`, a pattern without a `/` matches a name at any depth, one with a `/` matches from the root, a pattern
/// that matches a folder matches everything below it, a `/` at the end matches folders only, and a component `**`
/// stands for any number of folders.
public struct Glob: Hashable, Sendable {
    private enum Component: Hashable, Sendable {
        case name(GlobSyntax)
        case anyDepth
    }

    /// As written.
    public let pattern: String
    private let components: [Component]
    private let foldersOnly: Bool

    /// Reads a pattern. An error where it is malformed, names nothing, or leads out of the folder.
    public init(_ pattern: String) throws(GlobError) {
        self.pattern = pattern
        var names = Glob.cleaned(pattern).split(separator: "/").map(String.init)
        if names == ["."] { names = [] }
        if names.isEmpty { throw GlobError(pattern, "it names nothing") }
        if names.contains("..") { throw GlobError(pattern, "it leads out of the folder") }
        let anchored = pattern.hasPrefix("/") || names.count > 1
        // `docs/**` is what is below docs, not a file of that name.
        let everythingBelow = names.count > 1 && names.last == "**"
        if everythingBelow { names.removeLast() }
        foldersOnly = pattern.hasSuffix("/") || everythingBelow
        var components: [Component] = anchored ? [] : [.anyDepth]
        for name in names { components.append(name == "**" ? .anyDepth : .name(try GlobSyntax(name))) }
        self.components = components
    }

    /// Whether the file at a relative, clean path is meant.
    public func matches(_ path: String) -> Bool {
        let names = path.split(separator: "/").map(\.unicodeScalars)
        // With any number of folders in a pattern, each component is one step of all positions reached so far, so that
        // no pattern takes more than components x names steps.
        var reached: Set<Int> = [0]
        for component in components {
            var next: Set<Int> = []
            switch component {
            case .anyDepth:
                if let least = reached.min() { next = Set(least...names.count) }
            case .name(let syntax):
                for position in reached where position < names.count && syntax.matches(names[position]) {
                    next.insert(position + 1)
                }
            }
            if next.isEmpty { return false }
            reached = next
        }
        // What the pattern matched is a folder above the file, or the file itself.
        return reached.contains { $0 > 0 && ($0 < names.count || !foldersOnly) }
    }
}

extension Glob {
    /// Go's `filepath.Match`: whether a pattern matches the whole name. False also for a pattern that is none.
    public static func goMatch(_ pattern: String, _ name: String) -> Bool {
        do throws(GlobError) { return try GlobSyntax(pattern).matches(name.unicodeScalars) } catch { return false }
    }

    /// Whether Go's `filepath.Glob`, and so Prometheus for `rule_files`, finds a path with a pattern: component by
    /// component, after both were cleaned. False also for a pattern that is none.
    public static func goGlob(_ pattern: String, finds path: String) -> Bool {
        let patterns = cleaned(pattern).split(separator: "/", omittingEmptySubsequences: false)
        let names = cleaned(path).split(separator: "/", omittingEmptySubsequences: false)
        return patterns.count == names.count && zip(patterns, names).allSatisfy { goMatch(String($0), String($1)) }
    }

    /// Whether Go's `filepath.Glob` would look for matches: a pattern without any of `*?[\` names one file.
    public static func hasMeta(_ pattern: String) -> Bool {
        pattern.utf8.contains { $0 == 0x2a || $0 == 0x3f || $0 == 0x5b || $0 == 0x5c }
    }

    /// Why Go would refuse a pattern, or nil.
    public static func problem(_ pattern: String) -> GlobError? {
        do throws(GlobError) {
            _ = try GlobSyntax(pattern)
            return nil
        } catch { return error }
    }

    /// A path or pattern in the shortest equal form, as Go's `filepath.Clean`: without `.`, `//` and `a/..`.
    public static func cleaned(_ path: String) -> String {
        let absolute = path.hasPrefix("/")
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == "..", let last = names.last, last != ".." {
                names.removeLast()
            } else if name != ".." || !absolute {
                names.append(name)
            }
        }
        if names.isEmpty { return absolute ? "/" : "." }
        return (absolute ? "/" : "") + names.joined(separator: "/")
    }
}
