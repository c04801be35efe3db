import CPlatform
import Glibc
import StokerCore

/// "Readable stays readable": owner, group, mode, ACL and SELinux label of files and folders.
enum FileAccess {
    private static let acl = "system.posix_acl_access"
    private static let label = "security.selinux"

    /// Gives an open file the access of a path, or as much of it as lets the same readers read it.
    static func copy(from model: String, to descriptor: Int32) throws(DiskError) {
        var found = stat()
        guard lstat(model, &found) == 0 else { throw DiskError("copy access of", model, errno) }
        let facts = AccessChoice.Facts(
            owner: found.st_uid, group: found.st_gid, permissions: UInt16(truncatingIfNeeded: found.st_mode & 0o777))
        guard case .give(let choice) = AccessChoice.choose(like: facts, powers: powers(), isMember: isMember) else {
            throw refusal(model, facts)
        }
        try apply(choice, to: descriptor, path: model)
        // After chown, which clears what an ACL says of the group; the ACL carries the permission bits.
        if stoker_copy_attribute(model, descriptor, acl) < 0 { throw DiskError("copy the ACL of", model, errno) }
        if stoker_copy_attribute(model, descriptor, label) < 0, errno != EPERM, errno != EACCES {
            throw DiskError("copy the label of", model, errno)
        }
    }

    /// A new folder belongs to whom its parent belongs.
    static func giveFolder(
        _ descriptor: Int32, parent: String, permissions: UInt16, path: String
    ) throws(DiskError) {
        var above = stat()
        guard stat(parent, &above) == 0 else { throw DiskError("mkdir", path, errno) }
        var facts = AccessChoice.Facts(owner: above.st_uid, group: above.st_gid, permissions: permissions)
        switch AccessChoice.choose(like: facts, powers: powers(), isMember: isMember) {
        case .give(let choice): facts = choice
        case .refuse:
            // A folder for nobody but us needs no other reader.
            guard permissions & 0o077 == 0 else { throw refusal(path, facts) }
            facts.owner = geteuid()
            facts.group = getegid()
        }
        try apply(facts, to: descriptor, path: path)
        if permissions & 0o077 != 0, stoker_copy_attribute(parent, descriptor, acl) < 0 {
            throw DiskError("copy the ACL of", parent, errno)
        }
    }

    private static func apply(_ facts: AccessChoice.Facts, to descriptor: Int32, path: String) throws(DiskError) {
        var now = stat()
        guard fstat(descriptor, &now) == 0 else { throw DiskError("fstat", path, errno) }
        if now.st_uid != facts.owner || now.st_gid != facts.group {
            guard fchown(descriptor, facts.owner, facts.group) == 0 else { throw DiskError("chown", path, errno) }
        }
        guard fchmod(descriptor, mode_t(facts.permissions)) == 0 else { throw DiskError("chmod", path, errno) }
    }

    private static func refusal(_ path: String, _ facts: AccessChoice.Facts) -> DiskError {
        let user = userName(geteuid())
        let group = groupName(facts.group)
        return DiskError(
            operation: "keep the access of", path: path, code: .notPermitted,
            message:
                "\(user) may not give files to user \(userName(facts.owner)) and group \(group), who could not read "
                + "the new one: run `usermod -aG \(group) \(user)` and `chmod g+r \(path)`, or run as root")
    }

    // MARK: who we are

    private static func powers() -> AccessChoice.Powers {
        var groups = [gid_t](repeating: 0, count: 65536)
        let count = getgroups(Int32(groups.count), &groups)
        let members = Set(groups.prefix(Int(max(0, count)))).union([getegid()])
        return AccessChoice.Powers(user: geteuid(), groups: members, isPrivileged: geteuid() == 0)
    }

    private static func isMember(_ user: UInt32, _ group: UInt32) -> Bool {
        withUser(user) { entry in
            guard let name = entry?.pw_name, let own = entry?.pw_gid else { return false }
            var groups = [gid_t](repeating: 0, count: 4096)
            var count = Int32(groups.count)
            guard getgrouplist(name, own, &groups, &count) >= 0 else { return false }
            return groups.prefix(Int(count)).contains(group)
        }
    }

    static func userName(_ user: UInt32) -> String {
        withUser(user) { entry in (entry?.pw_name).map { String(cString: $0) } ?? "\(user)" }
    }

    static func groupName(_ group: UInt32) -> String {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var text = [CChar](repeating: 0, count: 65536)
        guard getgrgid_r(group, &entry, &text, text.count, &found) == 0, let name = found?.pointee.gr_name else {
            return "\(group)"
        }
        return String(cString: name)
    }

    private static func withUser<Value>(_ user: UInt32, _ use: (passwd?) -> Value) -> Value {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var text = [CChar](repeating: 0, count: 65536)
        return text.withUnsafeMutableBufferPointer { buffer in
            // The names in the entry point into the buffer: they are used before it goes.
            guard let start = buffer.baseAddress, getpwuid_r(user, &entry, start, buffer.count, &found) == 0 else {
                return use(nil)
            }
            return use(found?.pointee)
        }
    }
}
