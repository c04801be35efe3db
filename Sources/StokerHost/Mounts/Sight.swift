import Glibc
import StokerCore

/// What is known of how a process sees this host's files: by `/proc`, by the mounts of its container, or not at all.
struct Sight: Sendable {
    /// The process, where its files can be looked at.
    let pid: pid_t?
    /// The container it runs in.
    let container: ContainerInspection?

    init(pid: pid_t?, container: ContainerInspection?) {
        // Not to take "may not look" for "is not there".
        self.pid = pid.flatMap { access("/proc/\($0)/root/.", X_OK) == 0 ? $0 : nil }
        self.container = container
    }

    /// A path of the process, for us.
    private func ours(_ seen: String, _ pid: pid_t) -> String { "/proc/\(pid)/root\(seen)" }

    // MARK: - seen_at

    /// Where a container sees a path of this host: by its innermost mount that holds it.
    /// - Parameter main: the main file as the process's flags name it, which decides between several mounts.
    static func seen(_ path: String, by mounts: [ContainerInspection.Mount], main: String) -> String? {
        let real = RealPath.of(path)
        var best: (source: String, seen: String)?
        for mount in mounts where mount.source.hasPrefix("/") {
            let source = RealPath.of(mount.source)
            guard ConfigPath.contains(source, real) else { continue }
            let rest = source == "/" ? real : String(real.dropFirst(source.utf8.count))
            let seen = ConfigPath.cleaned(mount.destination + rest)
            guard let known = best else {
                best = (source, seen)
                continue
            }
            let holdsMain = ConfigPath.contains(seen, main)
            if holdsMain != ConfigPath.contains(known.seen, main)
                ? holdsMain : source.utf8.count > known.source.utf8.count
            {
                best = (source, seen)
            }
        }
        return best?.seen
    }

    /// A path as the process sees it. One file by itself may have another name here than in the repository.
    private static func seen(_ path: String, _ view: ProcessView, _ place: DeployPlace) -> String {
        place.layout == .singleFile && view.deployTo == view.seenAt ? place.live(path) : view.seen(path)
    }

    // MARK: - Before a deploy

    /// Why the process would not see what is to be deployed; nil where it would, or where nobody can tell.
    /// - Parameters:
    ///   - view: of the target's folder.
    ///   - place: how its files become live.
    ///   - keepInode: files that are rewritten in place.
    ///   - paths: the files that would change.
    func obstacle(
        _ view: ProcessView, _ place: DeployPlace, keepInode: Set<String>, paths: some Sequence<String>
    ) -> String? {
        guard let pid else { return otherSource(view, place) ?? listedByItself(view, place, keepInode, paths) }
        if let mounted = replacedUnderMount(pid, view, place, keepInode, paths) { return mounted }
        var folders: Set<String> = []
        for path in paths {
            if place.layout == .singleFile || keepInode.contains(path) {
                let live = place.live(path)
                if let other = different(live, Self.seen(path, view, place), pid) { return other }
            } else if let folder = existingFolder(of: path, in: view.deployTo), folders.insert(folder).inserted {
                let seen = folder.isEmpty ? view.seenAt : view.seen(folder)
                let live = folder.isEmpty ? view.deployTo : view.deployed(folder)
                if let other = different(live, seen, pid) { return other }
            }
        }
        return nil
    }

    /// The folder that a file is or will be in, or the first one above it that exists, relative to the target's; nil where
    /// not even that is there.
    private func existingFolder(of path: String, in root: String) -> String? {
        var parts = path.split(separator: "/").dropLast()
        while true {
            let folder = parts.joined(separator: "/")
            if case .found = FileIdentity.look(folder.isEmpty ? root : "\(root)/\(folder)") { return folder }
            if parts.isEmpty { return nil }
            parts.removeLast()
        }
    }

    /// One path of ours and one of the process that should mean the same and do not.
    private func different(_ live: String, _ seen: String, _ pid: pid_t) -> String? {
        guard case .found(let ours) = FileIdentity.look(live) else { return nil }
        switch FileIdentity.look(self.ours(seen, pid)) {
        case .unknown: return nil
        case .missing: return cause(of: seen, pid, live, isMissing: true)
        // One folder may have two device numbers, as through some network file systems, but not two inodes.
        case .found(let theirs): return ours.inode == theirs.inode ? nil : cause(of: seen, pid, live)
        }
    }

    /// A file that is mounted by itself and would be replaced: the process would keep the old one for ever.
    private func replacedUnderMount(
        _ pid: pid_t, _ view: ProcessView, _ place: DeployPlace, _ keepInode: Set<String>,
        _ paths: some Sequence<String>
    ) -> String? {
        guard place.layout != .singleFile, let table = MountTable(of: pid) else { return nil }
        for path in paths where !keepInode.contains(path) {
            let seen = view.seen(path)
            guard table.mount(at: seen) != nil, FileIdentity.look(ours(seen, pid)) != .missing else { continue }
            return replaced(path, seen)
        }
        return nil
    }

    /// The same by the engine's list alone.
    private func listedByItself(
        _ view: ProcessView, _ place: DeployPlace, _ keepInode: Set<String>, _ paths: some Sequence<String>
    ) -> String? {
        guard place.layout != .singleFile, let container else { return nil }
        let path = paths.first { path in
            !keepInode.contains(path)
                && container.mounts.contains { ConfigPath.cleaned($0.destination) == view.seen(path) }
        }
        return path.map { replaced($0, view.seen($0)) }
    }

    private func replaced(_ path: String, _ seen: String) -> String {
        "\(owner) has \(seen) bind-mounted by itself, so it would go on reading the old file after a new one "
            + "took its name: list \(path) under keep_inode, use layout: single_file, or mount the folder"
    }

    /// By the engine's list alone: what is mounted where the process reads is another place of this host.
    private func otherSource(_ view: ProcessView, _ place: DeployPlace) -> String? {
        guard let container, let mount = container.mount(of: view.seenAt), mount.source.hasPrefix("/") else {
            return nil
        }
        let rest = String(view.seenAt.dropFirst(mount.destination == "/" ? 0 : mount.destination.utf8.count))
        let host = ConfigPath.cleaned(mount.source + rest)
        // An engine on another machine names folders that are not here.
        guard case .found(let theirs) = FileIdentity.look(host),
            case .found(let ours) = FileIdentity.look(view.deployTo),
            ours.inode != theirs.inode
        else { return nil }
        return mountsOther(mount, view.deployTo)
    }

    // MARK: - After a deploy

    /// Why the process does not see a file that we wrote; nil where it does, or where nobody can tell.
    func blindness(_ view: ProcessView, _ place: DeployPlace, paths: some Sequence<String>) -> String? {
        guard let pid else { return nil }
        for path in paths {
            let seen = Self.seen(path, view, place)
            let live = place.live(path)
            guard case .found(let ours) = FileIdentity.look(live) else { continue }
            switch FileIdentity.look(self.ours(seen, pid)) {
            case .unknown: continue
            case .found(ours): continue
            case .missing: return cause(of: seen, pid, live, isMissing: true)
            case .found:
                if !SameBytes.hold(live, self.ours(seen, pid)) { return cause(of: seen, pid, live) }
            }
        }
        return nil
    }

    /// The same for a process that only its port tells: what it does not see at all may have another name there.
    func blindness(
        of process: AnsweringProcess, _ view: ProcessView, _ place: DeployPlace, main: (path: String, read: String)?,
        paths: [String]
    ) -> String? {
        guard let pid else { return nil }
        if let main, paths.contains(main.path), !SameBytes.hold(place.live(main.path), ours(main.read, pid)) {
            return
                "\(owner) reads \(main.read), but \(place.live(main.path)) is deployed: correct deploy_to, or the path "
                + "that it was started with"
        }
        let visible = paths.filter { path in
            process.sharesOurFiles || FileIdentity.look(ours(Self.seen(path, view, place), pid)) != .missing
        }
        return blindness(view, place, paths: visible)
    }

    /// What stands between a path of the process and a path of this host, in one sentence with its remedy.
    private func cause(of seen: String, _ pid: pid_t, _ host: String, isMissing: Bool = false) -> String {
        let mount = MountTable(of: pid)?.mount(of: seen)
        if let mount, mount.point == seen, mount.isDeleted, FileIdentity.isFile(host) {
            return "\(seen) is bind-mounted by itself and its original was replaced on the host: use layout: "
                + "single_file (or keep_inode), or mount its folder, and restart \(owner)"
        }
        if let mount, mount.isDeleted {
            return
                "the folder that \(owner) has mounted at \(mount.point) was replaced on the host, so it reads one that "
                + "has no name any more: restart it, and never replace a mounted folder itself"
        }
        if let container, let listed = container.mount(of: seen) { return mountsOther(listed, host) }
        if isMissing { return "\(owner) sees no \(seen): mount \(host) there, or correct seen_at or deploy_to" }
        return
            "\(owner) sees another file than \(host) at \(seen): correct deploy_to or seen_at, or what is mounted there"
    }

    private func mountsOther(_ mount: ContainerInspection.Mount, _ host: String) -> String {
        "\(owner) has \(mount.source) mounted at \(mount.destination), which is not where \(host) is deployed: correct "
            + "deploy_to, or what the container mounts"
    }

    /// For messages.
    var owner: String {
        if let container { return "container \(container.shown)" }
        return pid.map { "process \($0)" } ?? "the process"
    }
}

extension FileIdentity {
    /// Whether a path is a regular file.
    static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

extension ContainerInspection {
    /// The mount that a path of the container lies in.
    func mount(of path: String) -> Mount? {
        mounts.filter { ConfigPath.contains(ConfigPath.cleaned($0.destination), path) }
            .max { $0.destination.utf8.count < $1.destination.utf8.count }
    }
}
