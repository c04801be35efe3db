import CPlatform
import Glibc

/// An SELinux label, of a file or a process: `user:role:type:level`.
struct SecurityLabel: Hashable {
    let text: String
    private let type: Substring
    private let level: Substring

    private static let attribute = "security.selinux"
    /// What the common policies call a confined container, and the files that one may read.
    private static let containers: Set<Substring> = [
        "container_t", "container_init_t", "container_kvm_t", "svirt_lxc_net_t", "svirt_t",
    ]
    private static let containerFiles: Set<Substring> = [
        "container_file_t", "container_ro_file_t", "container_share_t", "svirt_sandbox_file_t", "usr_t", "etc_t",
    ]

    init?(text: String) {
        let clean = text.filter { $0 != "\0" && !$0.isWhitespace }
        let parts = clean.split(separator: ":", maxSplits: 3)
        guard parts.count >= 3 else { return nil }
        self.text = clean
        type = parts[2]
        level = parts.count > 3 ? parts[3] : ""
    }

    /// Of a path; nil where it has none.
    init?(of path: String) {
        var value = [UInt8](repeating: 0, count: 4096)
        let count = stoker_get_attribute(path, Self.attribute, &value, value.count)
        guard count > 0 else { return nil }
        self.init(text: String(decoding: value.prefix(count), as: UTF8.self))
    }

    /// Whether SELinux forbids anything on this host.
    static var isEnforced: Bool {
        guard case .success(let bytes) = SmallFile.read("/sys/fs/selinux/enforce", limit: 16) else { return false }
        return bytes.first == UInt8(ascii: "1")
    }

    /// Why a process may not read a file of this label; nil where it may, as far as labels of containers tell. What the
    /// policy allows other processes is not asked: their files keep the label they have.
    func problem(for process: SecurityLabel?, at path: String) -> String? {
        guard let process, Self.containers.contains(process.type) else { return nil }
        guard Self.containerFiles.contains(type) else {
            return "a container may not read files of type \(type): add :z to its mount of \(path), or run "
                + "`chcon -R -t container_file_t \(path)`"
        }
        guard categories.isSubset(of: process.categories) else {
            return
                "\(path) has the SELinux level \(level) of another container than this one (\(process.level)): mount "
                + "it with :z instead of :Z"
        }
        return nil
    }

    /// `s0:c1,c4.c6` has the categories 1, 4, 5 and 6; of a range of levels the upper one counts.
    private var categories: Set<Int> {
        let upper = level.split(separator: "-").last ?? ""
        guard let colon = upper.firstIndex(of: ":") else { return [] }
        var found: Set<Int> = []
        for part in upper[upper.index(after: colon)...].split(separator: ",") {
            let ends = part.split(separator: ".").compactMap { Int($0.drop { $0 == "c" }) }
            if ends.count == 2, ends[0] <= ends[1], ends[1] < 1024 { found.formUnion(ends[0]...ends[1]) }
            if ends.count == 1 { found.insert(ends[0]) }
        }
        return found
    }
}
