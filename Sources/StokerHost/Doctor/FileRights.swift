import CPlatform
import Glibc

/// Who may do what with a file or folder: its owner, group, permission bits and ACL.
struct FileRights: Hashable {
    /// One line of an ACL.
    struct Entry: Hashable {
        /// Whom it is about, by the kernel's numbers.
        enum Tag: UInt16 {
            case owner = 0x1
            case user = 0x2
            case owningGroup = 0x4
            case group = 0x8
            case mask = 0x10
            case others = 0x20
        }

        let tag: Tag
        let permissions: UInt16
        let id: UInt32
    }

    var owner: UInt32
    var group: UInt32
    var permissions: UInt16
    /// Empty where the permission bits say all.
    var entries: [Entry] = []
    var isFolder = false

    private static let attribute = "system.posix_acl_access"
    private static let largestList = 64 << 10

    init(owner: UInt32, group: UInt32, permissions: UInt16, entries: [Entry] = []) {
        self.owner = owner
        self.group = group
        self.permissions = permissions
        self.entries = entries
    }

    /// Nil where nothing is there or may be looked at.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        owner = status.st_uid
        group = status.st_gid
        permissions = UInt16(truncatingIfNeeded: status.st_mode & 0o777)
        isFolder = status.st_mode & S_IFMT == S_IFDIR
        var value = [UInt8](repeating: 0, count: Self.largestList)
        let count = stoker_get_attribute(path, Self.attribute, &value, value.count)
        if count > 0 { entries = Self.entries(value.prefix(count)) }
    }

    /// As the kernel keeps it: a version, then tag, permissions and id of each, all little-endian.
    static func entries(_ bytes: ArraySlice<UInt8>) -> [Entry] {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
        guard bytes.count >= 4, number(bytes.prefix(4)) == 2 else { return [] }
        var found: [Entry] = []
        var rest = bytes.dropFirst(4)
        while rest.count >= 8 {
            let tag = UInt16(number(rest.prefix(2)))
            if let tag = Entry.Tag(rawValue: tag) {
                let permissions = UInt16(number(rest.dropFirst(2).prefix(2)))
                found.append(Entry(tag: tag, permissions: permissions, id: number(rest.dropFirst(4).prefix(4))))
            }
            rest = rest.dropFirst(8)
        }
        return found
    }

    /// The kernel's rule, without capabilities: acl(5), "access check algorithm".
    func allows(_ wanted: UInt16, user: UInt32, groups: Set<UInt32>) -> Bool {
        if user == owner { return permissions >> 6 & wanted == wanted }
        // Linux does not look at an ACL whose mask allows nothing: the permission bits decide alone.
        guard !entries.isEmpty, permissions & 0o070 != 0 else {
            return (groups.contains(group) ? permissions >> 3 : permissions) & wanted == wanted
        }
        let mask = entries.first { $0.tag == .mask }?.permissions ?? 0o7
        if let own = entries.first(where: { $0.tag == .user && $0.id == user }) {
            return own.permissions & mask & wanted == wanted
        }
        let fitting = entries.filter { entry in
            switch entry.tag {
            case .owningGroup: groups.contains(group)
            case .group: groups.contains(entry.id)
            case .owner, .user, .mask, .others: false
            }
        }
        if !fitting.isEmpty { return fitting.contains { $0.permissions & mask & wanted == wanted } }
        return permissions & wanted == wanted
    }
}
