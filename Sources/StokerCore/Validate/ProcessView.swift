/// How the process sees the files we deploy, and what we can know about the others.
public struct ProcessView: Hashable, Codable, Sendable {
    /// What we know of paths outside the deployed folder.
    public enum Outside: String, Hashable, Codable, Sendable {
        /// The process sees this host's files under the same paths.
        case host
        /// The process lives in a file system of its own (a container): nothing can be said about other paths.
        case unknown
    }

    /// Where a path of the process is.
    public enum Place: Hashable, Sendable {
        /// In our tree: the path relative to the target's folder.
        case ours(String)
        /// On this host, under this absolute path.
        case host(String)
        /// Where we cannot look.
        case unseen(String)
    }

    /// The target's folder on this host: absolute, cleaned.
    public let deployTo: String
    /// The same folder as the process names it: absolute, cleaned.
    public let seenAt: String
    /// What is known of other paths.
    public let outside: Outside

    /// `outside` defaults to the host's files exactly where both names of the folder are the same: a process that sees
    /// our folder under another name is in a container or a chroot.
    public init(deployTo: String, seenAt: String, outside: Outside? = nil) {
        self.deployTo = Glob.cleaned(deployTo)
        self.seenAt = Glob.cleaned(seenAt)
        self.outside = outside ?? (self.deployTo == self.seenAt ? .host : .unknown)
    }

    /// Where an absolute path (or pattern) of the process is.
    public func place(_ path: String) -> Place {
        let cleaned = Glob.cleaned(path)
        if let relative = LexicalPath.relative(cleaned, below: seenAt) { return .ours(relative) }
        switch outside {
        case .host: return .host(cleaned)
        case .unknown: return .unseen(cleaned)
        }
    }

    /// A file of our tree as the process names it.
    public func seen(_ relative: String) -> String { LexicalPath.join(seenAt, relative) }

    /// A file of our tree on this host.
    public func deployed(_ relative: String) -> String { LexicalPath.join(deployTo, relative) }
}
