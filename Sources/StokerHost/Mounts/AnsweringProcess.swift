import Glibc
import StokerCore

/// The process of this host that answers at a target's url, found by the socket it listens on: where neither reload nor
/// log name it, that is the only way to look at what it reads.
struct AnsweringProcess: Hashable, Sendable {
    let pid: pid_t

    /// - Parameter seconds: since when the process runs that answers, by its own word. A proxy that listens in its place
    ///   began at another time.
    /// - Returns: nil where none can be seen: on another machine, of another user, behind a proxy.
    static func find(at url: String, since seconds: Double) async -> AnsweringProcess? {
        guard let url = URLText(url), case .success(let addresses) = await HostAddress.resolve(url.host) else {
            return nil
        }
        let port = url.port ?? (url.scheme == "https" ? 443 : 80)
        let ours = addresses.filter(\.isOurs)
        let sockets = Listeners.read().filter { listener in
            listener.port == port && ours.contains { listener.accepts($0) }
        }
        guard !sockets.isEmpty, let pid = Listeners.owner(of: Set(sockets.map(\.inode))),
            ProcessStart.isStart(seconds, of: pid)
        else { return nil }
        return AnsweringProcess(pid: pid)
    }

    /// The path that follows a flag of its command line, as the process means it; nil where the flag is not written there.
    func path(after flag: String) -> String? {
        guard case .success(let bytes) = SmallFile.read("/proc/\(pid)/cmdline", limit: Self.commandLineLimit) else {
            return nil
        }
        let words = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard let text = Self.value(of: flag, in: words), !text.isEmpty else { return nil }
        if text.hasPrefix("/") { return SeenPath.clean(text) }
        guard let folder = link("cwd") else { return nil }
        return SeenPath.absolute(text, in: folder)
    }

    /// `--flag=value`, `-flag value`: the last one counts.
    static func value(of flag: String, in words: [String]) -> String? {
        var value: String?
        for (index, word) in words.enumerated().dropFirst() where word.hasPrefix("-") {
            let bare = word.drop { $0 == "-" }
            if bare == flag, index + 1 < words.count { value = words[index + 1] }
            if bare.hasPrefix(flag + "=") { value = String(bare.dropFirst(flag.count + 1)) }
        }
        return value
    }

    /// Its paths mean what they mean here: a file that it does not see is not there.
    var sharesOurFiles: Bool {
        guard let mounts = link("ns/mnt"), link("root") == "/" else { return false }
        return mounts == AnsweringProcess(pid: getpid()).link("ns/mnt")
    }

    private func link(_ name: String) -> String? { SmallFile.link("/proc/\(pid)/\(name)") }

    private static let commandLineLimit = 4 << 20
}
