/// What a managed file is to the process, which decides whether changing it needs a reload.
public enum FileRole: Hashable, Sendable {
    case main
    case rules
    case scrapeConfigs
    /// Read again by the process itself: file_sd, credentials, certificates, the web configuration.
    case live
    /// Nothing refers to it, as far as we can see.
    case other
}

/// The roles of a target's managed files.
public struct FileRoles: Hashable, Sendable {
    private let main: String?
    private let webConfig: String?
    private let references: [FileReference]
    private let view: ProcessView
    private let folder: FolderRoles

    /// - Parameters:
    ///   - main: the main file relative to the target's folder; nil where there is none.
    ///   - webConfig: the file the process was started with as `web.config.file`, as it names it.
    ///   - references: those of the main file, of its scrape_config files and of the web configuration.
    ///   - folder: what else tells the role of a file.
    public init(
        main: String?, webConfig: String?, references: ConfigReferences, view: ProcessView,
        folder: FolderRoles = .rules
    ) {
        self.folder = folder
        self.main = main
        self.webConfig = webConfig.map(Glob.cleaned)
        self.references = references.all
        self.view = view
    }

    /// The role of a file, by its path relative to the target's folder. A file that is two things gets the one that
    /// needs a reload.
    public func role(of path: String) -> FileRole {
        if path == main { return .main }
        if folder.live.contains(where: { $0.matches(path) }) { return .live }
        if main == nil { return folder.role(of: path, seen: view.seen(path)) }
        let seen = view.seen(path)
        let kinds = Set(references.filter { $0.matches(seen) }.map(\.kind))
        if kinds.contains(.rules) { return .rules }
        if kinds.contains(.scrapeConfigs) { return .scrapeConfigs }
        if seen == webConfig || kinds.contains(.discovery) || kinds.contains(.secret) { return .live }
        return .other
    }

    /// Whether a change of these files has to be followed by a reload: always, except when all of them are live
    /// without one. A file nobody refers to counts as needing it, because we may not see who does.
    public func needsReload(changed paths: some Sequence<String>) -> Bool {
        paths.contains { role(of: $0) != .live }
    }
}

extension FileReference {
    /// Whether the reference names this file, given as the process names it.
    public func matches(_ seenPath: String) -> Bool {
        isPattern ? Glob.goGlob(path, finds: seenPath) : path == seenPath
    }
}
