/// What tells the role of files that no main file names.
public struct FolderRoles: Hashable, Sendable {
    /// What a file is that nothing else is known of.
    public enum Rest: Hashable, Sendable {
        /// Rules, as in a folder of them below another main file.
        case rules
        /// Rules where it is called so, as the process's flags or its ending tell; else a template.
        case rulesByName([String]?)
        /// Nobody knows.
        case other
    }

    /// Every file without a main file is rules.
    public static let rules = FolderRoles(rest: .rules)

    /// Patterns of files that the process reads by itself, relative to the target's folder.
    public let live: [Glob]
    private let rest: Rest

    /// - Parameter live: patterns as in `exclude`.
    public init(rest: Rest, live: [Glob] = []) {
        self.rest = rest
        self.live = live
    }

    func role(of path: String, seen: String) -> FileRole {
        switch rest {
        case .rules: return .rules
        case .other: return .other
        case .rulesByName(let patterns):
            let absolute = (patterns ?? []).filter { $0.hasPrefix("/") }
            if !absolute.isEmpty, absolute.contains(where: { Glob.goGlob(Glob.cleaned($0), finds: seen) }) {
                return .rules
            }
            return Self.isCalledRules(path) ? .rules : .other
        }
    }

    /// Endings that files of rules have.
    public static func isCalledRules(_ path: String) -> Bool {
        [".yml", ".yaml", ".rules", ".rule"].contains { path.hasSuffix($0) }
    }
}
