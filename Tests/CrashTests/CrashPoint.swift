import TestSupport

/// A call of a deployment that changes the disk, and of what kind.
struct CrashPoint: Sendable, Hashable, CustomStringConvertible {
    let call: SystemCall
    /// The call's name and what the path is to Stoker.
    let kind: String

    var description: String { "\(kind) (\(call.name) \(call.ordinal) \(call.paths.joined(separator: " ")))" }
}

extension CrashWorld {
    /// What a path is to Stoker, with its numbers and hashes taken out.
    func kind(of path: String) -> String {
        for area in areas {
            if let below = Self.below(area, path) { return kind(inArea: below) }
        }
        if let below = Self.below(storage, path) { return kind(inStorage: below) }
        if let below = Self.below(deployTo + ".releases", path) {
            return below.isEmpty ? "releases folder" : below.hasSuffix(".yml") ? "release file" : "release folder"
        }
        if path == deployTo, scene.layout == .linked { return "live link" }
        if path == prometheus.configFile { return "live main file" }
        if let below = Self.below(etc, path) {
            if scene.rewritten.contains(below) { return "live file rewritten through its inode" }
            return below.hasSuffix(".yml") ? "live included file" : "live folder"
        }
        return path == root ? "parent folder" : "elsewhere"
    }

    /// Where files of the target are staged and kept: in the storage directory, or on the file system of the tree.
    var areas: [String] {
        ["\(storage)/targets/production/prometheus", "\(deployTo)/.stoker", "\(deployTo).releases/.stoker"]
    }

    private func kind(inArea below: String) -> String {
        let parts = below.split(separator: "/")
        guard let first = parts.first else { return "staging area" }
        if first == "folders" || parts.last == "folders" { return "list of folders" }
        let isFolder = parts.count == 1
        if first.hasPrefix("staged-") { return isFolder ? "staging folder" : "staged file" }
        if first.hasPrefix("revert-") { return isFolder ? "reverting folder" : "reverting file" }
        if first == "kept" { return isFolder ? "kept folder" : "kept file" }
        return "staging area: \(first)"
    }

    private func kind(inStorage below: String) -> String {
        switch below {
        case "": return "storage folder"
        case "journal.sqlite": return "journal db"
        case "journal.sqlite-wal": return "journal wal"
        case "journal.sqlite-shm": return "journal shm"
        case "lock": return "lock"
        case "wake": return "wake pipe"
        default: break
        }
        let first = below.split(separator: "/").first.map(String.init) ?? below
        switch first {
        case "git": return "cache"
        case "validate":
            if below.hasSuffix(".yml") { return "validation file" }
            return "validation folder"
        case "targets": return "target folders"
        default: return "storage: \(first)"
        }
    }

    private static func below(_ folder: String, _ path: String) -> String? {
        if path == folder { return "" }
        return path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : nil
    }
}
