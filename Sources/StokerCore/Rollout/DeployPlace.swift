/// Where the files of a target live on this host.
public struct DeployPlace: Codable, Hashable, Sendable {
    /// How the files become live.
    public let layout: TargetConfiguration.Layout
    /// `deploy_to`, absolute, without a trailing slash: a folder, the link of `linked`, the file of `single_file`.
    public let root: String
    /// Where `linked` keeps its releases; not used by the other layouts.
    public let releasesDirectory: String
    /// The main file, relative to the tree; nil for a folder of rules only.
    public let configFile: String?

    /// - Parameter releasesDirectory: nil: beside the root, as `<root>.releases`.
    public init(
        layout: TargetConfiguration.Layout, root: String, releasesDirectory: String? = nil, configFile: String?
    ) {
        self.layout = layout
        self.root = root
        self.releasesDirectory = releasesDirectory ?? root + ".releases"
        self.configFile = configFile
    }

    /// The absolute path of a file of the tree; an empty path is the root itself.
    public func live(_ path: String) -> String {
        switch layout {
        case .inPlace, .linked: path.isEmpty ? root : root + "/" + path
        case .singleFile: root
        }
    }

    /// The folder that holds the root.
    var parent: String { DiskPath.parent(root) }

    /// The text of the link that makes a release live: relative, so that it holds under another mount point too.
    func linkText(release: String) -> String {
        DiskPath.relative(from: parent, to: releasesDirectory + "/" + release)
    }

    /// The release a link text names, or nil where the link is not one of ours.
    func release(ofLinkText text: String) -> String? {
        let name = DiskPath.name(text)
        return Self.isReleaseName(name) && text == linkText(release: name) ? name : nil
    }

    /// Whether a name is one we give to releases: twelve digits of the content, a dash, the number of the attempt.
    static func isReleaseName(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 12, !parts[1].isEmpty else { return false }
        return parts[0].allSatisfy(\.isHexDigit) && parts[1].utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }
}
