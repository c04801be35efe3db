import FoundationEssentials
import Glibc

/// Who gives a command: the name that decisions are noted under, and that `approvers` are compared with.
enum Actor {
    /// The user of this process; behind `sudo` the one who called it, where the user of this process might have written any
    /// name into the journal itself: as root, or as the owner of the storage directory.
    /// - Parameter approvers: where only one of the two is among them, it is that one.
    static func name(storage: String, among approvers: [String] = []) -> String {
        let uid = getuid()
        let own = user(uid) ?? "uid \(uid)"
        guard let text = ProcessInfo.processInfo.environment["SUDO_UID"], let caller = uid_t(text), caller != uid,
            uid == 0 || uid == owner(of: storage), let name = user(caller)
        else { return own }
        return approvers.contains(own) && !approvers.contains(name) ? own : name
    }

    private static func user(_ uid: uid_t) -> String? {
        guard let entry = getpwuid(uid), let name = entry.pointee.pw_name else { return nil }
        return String(cString: name)
    }

    private static func owner(of path: String) -> uid_t? {
        var found = stat()
        return stat(path, &found) == 0 ? found.st_uid : nil
    }
}
