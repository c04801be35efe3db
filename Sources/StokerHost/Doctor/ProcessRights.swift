import Glibc

/// With whose rights a process opens files: user, groups and capabilities, all as this host numbers them.
struct ProcessRights: Hashable {
    /// What is to be done.
    enum Use: UInt16 {
        case read = 0o4
        case enter = 0o1
    }

    /// The range of ids of this host that its user namespace knows.
    struct Range: Hashable {
        let first: UInt32
        let count: UInt32

        func contains(_ id: UInt32) -> Bool { id >= first && id - first < count }
    }

    var user: UInt32
    var groups: Set<UInt32>
    /// Reads whatever stands there, in its user namespace.
    var overrides: Bool
    var users = [Range(first: 0, count: .max)]
    var groupRanges = [Range(first: 0, count: .max)]
    /// Its SELinux label.
    var label: SecurityLabel?

    // CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: either is enough to read and to enter.
    private static let overriding: UInt64 = 1 << 1 | 1 << 2

    init(user: UInt32, groups: Set<UInt32>, overrides: Bool = false) {
        self.user = user
        self.groups = groups
        self.overrides = overrides
    }

    /// Nil where the process is gone.
    init?(of pid: pid_t) {
        guard let status = Self.text("/proc/\(pid)/status") else { return nil }
        var fields: [Substring: [Substring]] = [:]
        for line in status.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...].split { $0 == " " || $0 == "\t" }
        }
        // Real, effective, saved, and the one that opens files.
        guard let ids = fields["Uid"], ids.count == 4, let user = UInt32(ids[3]), let groupIDs = fields["Gid"],
            groupIDs.count == 4, let group = UInt32(groupIDs[3])
        else { return nil }
        let capabilities = fields["CapEff"]?.first.flatMap { UInt64($0, radix: 16) } ?? 0
        self.init(
            user: user, groups: Set((fields["Groups"] ?? []).compactMap { UInt32($0) }).union([group]),
            overrides: capabilities & Self.overriding != 0)
        users = Self.ranges(Self.text("/proc/\(pid)/uid_map")) ?? users
        groupRanges = Self.ranges(Self.text("/proc/\(pid)/gid_map")) ?? groupRanges
        label = Self.text("/proc/\(pid)/attr/current").flatMap { SecurityLabel(text: $0) }
    }

    /// Each line: the first id inside, the first id outside, how many.
    static func ranges(_ text: String?) -> [Range]? {
        guard let text else { return nil }
        return text.split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ").compactMap { UInt32($0) }
            return numbers.count == 3 ? Range(first: numbers[1], count: numbers[2]) : nil
        }
    }

    /// Whether it may, by owner, group, ACL and capabilities.
    func may(_ use: Use, _ file: FileRights) -> Bool {
        // A capability counts for files whose owner and group its user namespace knows.
        if overrides, users.contains(where: { $0.contains(file.owner) }),
            groupRanges.contains(where: { $0.contains(file.group) })
        {
            return true
        }
        return file.allows(use.rawValue, user: user, groups: groups)
    }

    /// For messages: that its ids are not those in its container.
    var note: String {
        users.contains { $0.first == 0 && $0.count > 65_536 }
            ? "" : " (its user ids are mapped, as in a rootless container)"
    }

    /// The name of a process's program.
    static func name(of pid: pid_t) -> String? {
        text("/proc/\(pid)/comm").map { String($0.prefix { $0 != "\n" }) }
    }

    private static func text(_ path: String) -> String? {
        guard case .success(let bytes) = SmallFile.read(path, limit: 256 << 10) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
