import Glibc

/// When a process of this host began, as its own metric `process_start_time_seconds` says it.
enum ProcessStart {
    /// Clocks are cut to hundredths, and the boot time moves when the wall clock is set.
    private static let tolerance = 2.0

    /// Whether the process, or one that it started, began at that time; nil where that cannot be read.
    static func belongs(_ seconds: Double, to pid: pid_t) -> Bool? {
        guard let boot = bootTime() else { return nil }
        var waiting = [pid]
        var seen = 0
        while let next = waiting.popLast(), seen < 256 {
            seen += 1
            guard let start = start(of: next, boot: boot) else {
                if next == pid { return nil }
                continue
            }
            if abs(start - seconds) <= tolerance { return true }
            // A program behind a wrapper is a child of what the engine or the pid file names.
            guard let children = children(of: next) else { return nil }
            waiting += children
        }
        return false
    }

    /// Whether this very process began at that time.
    static func isStart(_ seconds: Double, of pid: pid_t) -> Bool {
        guard let boot = bootTime(), let start = start(of: pid, boot: boot) else { return false }
        return abs(start - seconds) <= tolerance
    }

    private static func start(of pid: pid_t, boot: Double) -> Double? {
        guard case .success(let bytes) = SmallFile.read("/proc/\(pid)/stat", limit: 64 << 10) else { return nil }
        // The name, in parentheses, may hold anything; the start is the twentieth field behind it.
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(close + 1)...].split(separator: 0x20)
        guard fields.count > 19, let ticks = Double(String(decoding: fields[19], as: UTF8.self)) else { return nil }
        return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func bootTime() -> Double? {
        guard case .success(let bytes) = SmallFile.read("/proc/stat", limit: 4 << 20) else { return nil }
        let lines = bytes.split(separator: 0x0a)
        guard let line = lines.first(where: { $0.starts(with: "btime ".utf8) }) else { return nil }
        return Double(String(decoding: line.dropFirst(6), as: UTF8.self))
    }

    private static func children(of pid: pid_t) -> [pid_t]? {
        // Each thread lists the children that it made itself.
        guard let folder = opendir("/proc/\(pid)/task") else { return nil }
        defer { closedir(folder) }
        var found: [pid_t] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let thread = pid_t(name) else { continue }
            let path = "/proc/\(pid)/task/\(thread)/children"
            guard case .success(let bytes) = SmallFile.read(path, limit: 64 << 10) else { return nil }
            found += bytes.split(separator: 0x20).compactMap { pid_t(String(decoding: $0, as: UTF8.self)) }
        }
        return found
    }
}
