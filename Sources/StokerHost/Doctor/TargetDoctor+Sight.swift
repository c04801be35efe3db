import Glibc
import StokerCore

/// Whether the process reads the files that we write.
extension TargetDoctor {
    /// `config.file` of the process against `seen_at` and `deploy_to`.
    func checkPath() {
        guard let main = configuration.configFile else { return }
        guard let flags, !flags.configFile.isEmpty else {
            if configuration.kind == .prometheus {
                add(
                    "config_path", .warn,
                    silence.map { "which file the process reads \($0)" }
                        ?? "the process does not say which file it reads")
            }
            return
        }
        let reads = SeenPath.absolute(flags.configFile, in: flags.workingDirectory)
        let ours = place.live(main)
        let expected = seenMain(main)
        let words = "the process reads \(reads)"
        // Two names of one file, as through a link or a mount.
        let theirs = seeing.pid.map { "/proc/\($0)/root\(reads)" } ?? reads
        let isKnown = seeing.pid != nil || configuration.container == nil
        if isKnown, case .found(let file) = FileIdentity.look(ours), FileIdentity.look(theirs) == .found(file) {
            return add("config_path", .pass, "\(words), which is \(ours) of this host")
        }
        guard reads == expected else {
            return add(
                "config_path", .fail,
                "\(words), but \(ours) is deployed, which it would see as \(expected): correct deploy_to, seen_at, or its "
                    + "--config.file")
        }
        let keep = Set(configuration.keepInode)
        if let cause = seeing.obstacle(view, place, keepInode: keep, paths: [main])
            ?? seeing.blindness(view, place, paths: [main])
        {
            return add("config_path", .fail, cause)
        }
        if seeing.pid == nil, configuration.container == nil, reads != ours {
            return add(
                "config_path", .warn,
                "\(words), and whether that is \(ours) cannot be seen: run as root or as its user, or name its container, "
                    + "unit or pid_file in reload or log")
        }
        add("config_path", .pass, "\(words), which is where \(ours) is seen")
    }

    private func seenMain(_ main: String) -> String {
        guard place.layout == .singleFile else { return view.seen(main) }
        // The file may have another name than in the repository.
        let name = String(place.root.dropFirst(SeenPath.parent(place.root).utf8.count)).drop { $0 == "/" }
        return view.deployTo == view.seenAt ? view.seen(String(name)) : view.seen(main)
    }

    /// What is known of how the process sees our files, also where only its port tells which one it is.
    private var seeing: Sight { Sight(pid: sight.pid ?? pid, container: sight.container) }

    /// Files mounted one by one, folders that are not ours, mounts that are stale.
    func checkMounts() {
        let keep = Set(configuration.keepInode)
        let seeing = seeing
        if configuration.container != nil, seeing.container == nil {
            return add("mounts", .warn, "the container's mounts cannot be read: see the check of reload")
        }
        if let obstacle = seeing.obstacle(view, place, keepInode: keep, paths: paths) {
            return add("mounts", .fail, obstacle)
        }
        guard let pid = seeing.pid else {
            if let container = seeing.container {
                return add("mounts", .pass, "\(view.deployTo) is \(view.seenAt) in container \(container.shown)")
            }
            return add(
                "mounts", .warn,
                "what the process sees cannot be looked at: run as root or as its user, or name its container, unit or "
                    + "pid_file in reload or log")
        }
        let table = MountTable(of: pid)
        let single = paths.filter { table?.mount(at: view.seen($0)) != nil }
        if let first = single.first {
            return add("mounts", .pass, "\(view.seen(first)) is mounted by itself and is rewritten in place")
        }
        add("mounts", .pass, "\(seeing.owner) sees \(view.deployTo) as \(view.seenAt)")
    }
}
