import Glibc

/// The first process of a container, as this host's `/proc` shows it.
enum ContainerProcess {
    /// Whether the process of that number is the container's: an engine in another machine or pid namespace names numbers
    /// that belong to anybody here.
    static func belongs(_ pid: pid_t, to id: String) -> Bool {
        // Docker and podman mount hostname and resolv.conf from a folder with the container's id, and name the control
        // group after it.
        for file in ["cgroup", "mountinfo"] {
            guard case .success(let bytes) = SmallFile.read("/proc/\(pid)/\(file)", limit: 4 << 20) else { continue }
            if String(decoding: bytes, as: UTF8.self).contains(id) { return true }
        }
        return false
    }
}
