import StokerCore
import YAML

/// Decides what goes into the private copy of a target's folder, and reads from the files what preflight judges.
struct StagedConfiguration {
    /// Folders of the copy: what the process sees as its own folder, what it sees elsewhere, and the rule tests.
    static let targetFolder = "target"
    static let outsideFolder = "outside"
    static let testsFolder = "tests"

    let request: ValidationRequest
    private let root: String
    private let blobs: any Blobs

    private(set) var entries: [String: ValidationTree.Entry] = [:]
    private(set) var references = ConfigReferences()
    private(set) var observation = HostObservation()
    private(set) var main: Node?
    /// All parsed configuration files, for the secrets written out in them.
    private(set) var parsed: [Node] = []
    /// The web configuration relative to the target's folder, where it is one of our files.
    private(set) var webConfig: String?
    /// Whether the web configuration names files that are not there for us: then only promtool's syntax errors count.
    private(set) var webConfigIsPartial = false
    private var rewrites: [String: PathRewrite] = [:]
    private var sources: [String: [UInt8]] = [:]
    /// Every folder of the copy that has entries.
    private var folders: Set<String> = []

    /// Reads and looks; writes nothing.
    init(_ request: ValidationRequest, root: String, blobs: any Blobs) throws(StagingError) {
        self.request = request
        self.root = root
        self.blobs = blobs
        for (path, file) in request.files.files { entries[Self.targetFolder + "/" + path] = .blob(file.blob) }
        if !request.ruleTests.isEmpty || !request.routingTests.isEmpty {
            for (path, file) in request.environmentTree.files {
                entries[Self.testsFolder + "/" + path] = .blob(file.blob)
            }
        }
        for path in entries.keys { addFolders(above: path) }
        if let configFile = request.target.configFile, request.files[configFile] != nil {
            main = try read(configFile)
        }
        for path in scrapeConfigFiles() { _ = try read(path) }
        if let web = request.webConfigFile, case .ours(let path) = request.view.place(web), request.files[path] != nil {
            webConfig = path
            if let node = try read(path) {
                let found = ConfigReferences(of: node, file: path, view: request.view)
                webConfigIsPartial = found.all.contains { !isThere($0) }
            }
        }
        for (path, rewrite) in rewrites where !rewrite.isEmpty {
            guard let bytes = sources[path] else { continue }
            entries[Self.targetFolder + "/" + path] = .bytes(rewrite.apply(to: bytes))
        }
    }

    private mutating func addFolders(above path: String) {
        var folder = LexicalPath.directory(of: path)
        while folder != ".", folders.insert(folder).inserted { folder = LexicalPath.directory(of: folder) }
    }

    /// Parses a configuration file of the target's folder and stages what it names. Nil where it does not parse; what
    /// is wrong with it is for promtool to say.
    private mutating func read(_ path: String) throws(StagingError) -> Node? {
        let bytes: [UInt8]
        if let file = request.files[path] {
            bytes = try ValidationTree.bytes(of: file.blob, path, blobs)
        } else if let found = HostFiles.read(request.view.deployed(path), limit: 16 << 20) {
            bytes = found
        } else {
            return nil
        }
        let node: Node
        do throws(YAMLError) { node = try YAML.parse(bytes) } catch { return nil }
        sources[path] = bytes
        parsed.append(node)
        let found = ConfigReferences(of: node, file: path, view: request.view)
        references = references + found
        for reference in found.all { stage(reference) }
        return node
    }

    /// Files that the main file names as `scrape_config_files`, in our folder; they name files themselves.
    private func scrapeConfigFiles() -> [String] {
        var paths: [String] = []
        for reference in references.of(.scrapeConfigs) {
            paths += request.files.paths.filter { reference.matches(request.view.seen($0)) }
            let unmanaged = observation.matches[reference.path] ?? [reference.path].filter(observation.present.contains)
            paths += unmanaged.compactMap { LexicalPath.relative($0, below: request.view.seenAt) }
        }
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }
    }

    /// Our files that are rules, relative to the target's folder, in ascending order.
    var ruleFiles: [String] {
        guard request.target.configFile != nil else {
            switch request.target.kind {
            case .vmalert:
                let roles = FileRoles(
                    main: nil, webConfig: nil, references: ConfigReferences(), view: request.view,
                    folder: request.folder)
                return request.files.paths.filter { roles.role(of: $0) == .rules }
            case .prometheus, .alertmanager, .blackboxExporter, .snmpExporter, .vmagent, .generic:
                return request.files.paths.filter(FolderRoles.isCalledRules)
            }
        }
        let rules = references.of(.rules)
        return request.files.paths.filter { path in rules.contains { $0.matches(request.view.seen(path)) } }
    }

    /// Our template files, relative to the target's folder.
    var templateFiles: [String] {
        let patterns = references.of(.templates)
        return request.files.paths.filter { path in patterns.contains { $0.matches(request.view.seen(path)) } }
    }

    private func isThere(_ reference: FileReference) -> Bool {
        if observation.present.contains(reference.path) { return true }
        return request.files.files.keys.contains { request.view.seen($0) == reference.path }
    }
}

extension StagedConfiguration {
    /// Makes a reference work in the copy: links what is on the host, rewrites what would lead out of it.
    private mutating func stage(_ reference: FileReference) {
        switch request.view.place(reference.path) {
        case .ours(let path):
            if LexicalPath.isAbsolute(reference.text) || reference.text.contains("..") {
                rewrite(reference, to: root + "/" + Self.targetFolder + "/" + path)
            }
            if reference.isPattern { linkMatches(reference, path) } else { linkFile(reference, path) }
        case .host(let path):
            if reference.isPattern {
                let found = HostFiles.glob(path).filter { request.view.place($0) == .host($0) }
                observation.matches[reference.path] = found
                if !LexicalPath.isAbsolute(reference.text) { rewrite(reference, to: path) }
            } else {
                stageHostFile(reference, path)
            }
        case .unseen(let path):
            rewrite(reference, to: root + "/" + Self.outsideFolder + path)
            if !reference.isPattern { add(Self.outsideFolder + path, .bytes(placeholder(reference))) }
        }
    }

    /// Files beside ours that a pattern matches too. Those we manage now and will not any more are going to be deleted.
    private mutating func linkMatches(_ reference: FileReference, _ pattern: String) {
        for found in HostFiles.glob(request.view.deployed(pattern)) {
            guard let path = LexicalPath.relative(found, below: request.view.deployTo), isUnmanaged(path) else {
                continue
            }
            guard HostFiles.presence(found) == .readable else {
                observation.unreadable.insert(request.view.seen(path))
                continue
            }
            observation.matches[reference.path, default: []].append(request.view.seen(path))
            add(Self.targetFolder + "/" + path, .link(found))
        }
    }

    private mutating func linkFile(_ reference: FileReference, _ path: String) {
        guard request.files[path] == nil else { return }
        let file = request.view.deployed(path)
        let entry = Self.targetFolder + "/" + path
        switch isUnmanaged(path) ? HostFiles.presence(file) : .absent {
        case .readable:
            observation.present.insert(reference.path)
            add(entry, .link(file))
        case .unreadable:
            // A key that only the process may read is as it should be.
            observation.present.insert(reference.path)
            if reference.kind != .secret { observation.unreadable.insert(reference.path) }
            add(entry, .bytes(placeholder(reference)))
        case .absent:
            // ConfigPreflight says what is missing; promtool shall go on and say what else is wrong.
            add(entry, .bytes(placeholder(reference)))
        }
    }

    private mutating func stageHostFile(_ reference: FileReference, _ path: String) {
        switch HostFiles.presence(path) {
        case .readable:
            observation.present.insert(reference.path)
            if !LexicalPath.isAbsolute(reference.text) { rewrite(reference, to: path) }
        case .unreadable:
            observation.present.insert(reference.path)
            if reference.kind != .secret { observation.unreadable.insert(reference.path) }
            usePlaceholder(reference, path)
        case .absent: usePlaceholder(reference, path)
        }
    }

    private mutating func usePlaceholder(_ reference: FileReference, _ path: String) {
        rewrite(reference, to: root + "/" + Self.outsideFolder + path)
        add(Self.outsideFolder + path, .bytes(placeholder(reference)))
    }

    private func isUnmanaged(_ path: String) -> Bool { request.files[path] == nil && request.previous?[path] == nil }

    /// Adds what is not ours, unless a file stands where it needs a folder or the other way round.
    private mutating func add(_ path: String, _ entry: ValidationTree.Entry) {
        var folder = LexicalPath.directory(of: path)
        while folder != "." {
            if entries[folder] != nil { return }
            folder = LexicalPath.directory(of: folder)
        }
        if folders.contains(path) { return }
        addFolders(above: path)
        entries[path] = entry
    }

    private mutating func rewrite(_ reference: FileReference, to path: String) {
        rewrites[reference.file, default: PathRewrite()].replace(reference.bytes, with: path)
    }

    /// The least that promtool takes for a file of this kind.
    private func placeholder(_ reference: FileReference) -> [UInt8] {
        switch reference.kind {
        case .rules: Array("groups: []\n".utf8)
        case .scrapeConfigs: Array((request.target.kind == .vmagent ? "[]\n" : "scrape_configs: []\n").utf8)
        case .templates: []
        case .discovery: Array("[]\n".utf8)
        case .secret: []
        }
    }
}
