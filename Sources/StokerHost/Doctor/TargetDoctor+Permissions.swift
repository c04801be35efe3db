import CPlatform
import Glibc
import StokerCore

/// Whether the process may read what would be written: a copy with the access that the deploy would give is made in the
/// scratch folder, and judged with the process's own user, groups, capabilities and label.
extension TargetDoctor {
    func checkPermissions() {
        let rights = pid.flatMap { ProcessRights(of: $0) }
        guard let path = paths.first(where: { $0 == configuration.configFile }) ?? paths.first else { return }
        let copy: String
        do throws(DiskError) {
            copy = try accessCopy(of: path)
        } catch {
            let verdict: DoctorCheck.Verdict = error.code == .notPermitted ? .fail : .warn
            return add("permissions", verdict, "the access of \(place.live(path)) cannot be kept: \(error.message)")
        }
        guard let rights else {
            return add(
                "permissions", .warn,
                "access is kept, but whose user the process has is not known: run as root or as its user, or name its "
                    + "container, unit or pid_file in reload or log")
        }
        let live = place.live(path)
        let who = FileAccess.userName(rights.user)
        let mayRead = FileRights(of: copy).map { rights.may(.read, $0) } ?? true
        if !mayRead {
            return add(
                "permissions", .fail,
                "\(live) would not be readable for the process's user \(who): run `setfacl -m u:\(rights.user):r \(live)`, "
                    + "or set mode so that it may read")
        }
        if let folder = closedFolder(above: path, rights) {
            return add(
                "permissions", .fail,
                "the process's user \(who) may not enter \(folder): run `chmod o+x \(folder)`, or `setfacl -m "
                    + "u:\(rights.user):x \(folder)`")
        }
        add("permissions", .pass, "user \(who) of the process may read what is written" + rights.note)
        checkLabel(copy, of: path, rights)
    }

    /// The first folder on the process's way to a file that it may not enter.
    private func closedFolder(above path: String, _ rights: ProcessRights) -> String? {
        let root = sight.pid ?? pid
        let seesHost = view.outside == .host
        guard
            let base = root.flatMap({ access("/proc/\($0)/root/.", X_OK) == 0 ? "/proc/\($0)/root" : nil })
                ?? (seesHost ? "" : nil)
        else { return nil }
        var folder = SeenPath.parent(view.seen(path))
        var closed: String?
        while true {
            if let facts = FileRights(of: base + folder), facts.isFolder, !rights.may(.enter, facts) { closed = folder }
            if folder == "/" || !folder.hasPrefix("/") { return closed }
            folder = SeenPath.parent(folder)
        }
    }

    /// An empty file with the access that the next version of a path would have.
    private func accessCopy(of path: String) throws(DiskError) -> String {
        let model = try Rollout.accessModel(
            of: path, place, mode: configuration.mode, inventory: known, disk: disk)
        let copy = "\(scratch)/access-\(environment.name)-\(configuration.id)"
        let handle = try disk.create(copy, permissions: 0o600)
        defer { disk.close(handle) }
        try disk.copyAccess(from: model.path, to: handle)
        if let permissions = model.permissions { try disk.setPermissions(handle, permissions) }
        return copy
    }

    /// SELinux: whether the label stays, and whether a container may read it.
    private func checkLabel(_ copy: String, of path: String, _ rights: ProcessRights) {
        guard SecurityLabel.isEnforced else { return }
        let live = Self.nearestExisting(place.live(path))
        guard let label = SecurityLabel(of: live) else {
            return add("selinux", .warn, "\(live) has no SELinux label: run `restorecon -R \(place.root)`")
        }
        if let problem = label.problem(for: rights.label, at: place.root) {
            return add("selinux", .fail, problem)
        }
        // A folder's label is given to files by the policy; a file's own is copied.
        if live == place.live(path), SecurityLabel(of: copy) != label {
            return add(
                "selinux", .warn,
                "the label \(label.text) of \(live) cannot be given to new files: run as root, or add a rule with "
                    + "`semanage fcontext`")
        }
        add("selinux", .pass, "files keep the label \(label.text)")
    }
}
