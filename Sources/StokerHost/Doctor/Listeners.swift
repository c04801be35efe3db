import Glibc

/// Sockets of this host that wait for connections, as `/proc/net/tcp` lists them, and the processes that hold them.
struct Listeners {
    /// One waiting socket.
    struct Listener: Hashable {
        /// Four bytes or sixteen, as they are sent.
        let address: [UInt8]
        let port: Int
        let inode: UInt64

        /// Whether a connection to that address reaches it. A socket for all IPv6 addresses takes IPv4, too.
        func accepts(_ wanted: HostAddress) -> Bool {
            if address.allSatisfy({ $0 == 0 }) { return address.count >= wanted.bytes.count }
            return address == wanted.bytes || address == Self.mapped + wanted.bytes
        }

        /// Nobody else can reach it.
        var isLoopbackOnly: Bool {
            address.count == 4 ? address.first == 127 : address == [UInt8](repeating: 0, count: 15) + [1]
        }

        /// What stands before an IPv4 address in an IPv6 one.
        private static let mapped = [UInt8](repeating: 0, count: 10) + [255, 255]
    }

    private static let listening = "0A"
    /// Processes and descriptors looked at; a host with more keeps its secret.
    private static let mostLooks = 500_000

    /// All of this network namespace.
    static func read() -> [Listener] {
        ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path -> [Listener] in
            guard case .success(let bytes) = SmallFile.read(path, limit: 64 << 20) else { return [] }
            return parse(String(decoding: bytes, as: UTF8.self))
        }
    }

    static func parse(_ text: String) -> [Listener] {
        text.split(separator: "\n").compactMap { line in
            // Fields: number, local address, remote address, state, …, inode.
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == listening, let inode = UInt64(fields[9]) else { return nil }
            let local = fields[1].split(separator: ":")
            guard local.count == 2, let port = Int(local[1], radix: 16), let address = bytes(local[0]) else {
                return nil
            }
            return Listener(address: address, port: port, inode: inode)
        }
    }

    /// Words of 32 bits, each printed as a number of this machine.
    private static func bytes(_ hex: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = hex
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16), rest.count >= 8 else { return nil }
            withUnsafeBytes(of: word) { bytes += Array($0) }
            rest = rest.dropFirst(8)
        }
        return bytes.count == 4 || bytes.count == 16 ? bytes : nil
    }

    /// A process that holds one of these sockets; nil where none can be seen, as another user's.
    static func owner(of inodes: Set<UInt64>) -> pid_t? {
        let links = Set(inodes.map { "socket:[\($0)]" })
        var looks = 0
        for pid in names(in: "/proc").compactMap({ pid_t($0) }).sorted() {
            for descriptor in names(in: "/proc/\(pid)/fd") {
                looks += 1
                guard looks < mostLooks else { return nil }
                if let link = SmallFile.link("/proc/\(pid)/fd/\(descriptor)"), links.contains(link) { return pid }
            }
        }
        return nil
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            found.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return found
    }
}
