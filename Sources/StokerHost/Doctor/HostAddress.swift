import Glibc

/// One address that a name means.
struct HostAddress: Hashable, Sendable {
    /// Why a name has none.
    struct Problem: Error { let message: String }

    /// Four bytes or sixteen, as they are sent.
    let bytes: [UInt8]

    private static let limit = Duration.seconds(5)

    /// The addresses of a name; an IPv6 address may be in brackets.
    static func resolve(_ host: String) async -> Result<[HostAddress], Problem> {
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        // A name server that is silent blocks the call for longer than anybody wants to wait.
        let answer = await BlockingWork<Result<[HostAddress], Problem>>().run(within: limit) { lookUp(name) }
        return answer ?? .failure(Problem(message: "no answer in \(limit.components.seconds) s"))
    }

    private static func lookUp(_ name: String) -> Result<[HostAddress], Problem> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        guard code == 0, let list else { return .failure(Problem(message: String(cString: gai_strerror(code)))) }
        defer { freeaddrinfo(list) }
        var found: [HostAddress] = []
        for entry in sequence(first: list, next: { $0.pointee.ai_next }) {
            guard let raw = UnsafeRawPointer(entry.pointee.ai_addr) else { continue }
            switch entry.pointee.ai_family {
            case AF_INET:
                let address = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
                found.append(HostAddress(bytes: withUnsafeBytes(of: address) { Array($0) }))
            case AF_INET6:
                let address = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
                found.append(HostAddress(bytes: withUnsafeBytes(of: address) { Array($0) }))
            default: continue
            }
        }
        return .success(found)
    }

    /// Whether it is one of this host's: then a socket can be bound to it. Nothing is sent, and no port is taken.
    var isOurs: Bool {
        bytes.count == 4
            ? canBind(AF_INET) { descriptor in
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
                return Self.bind(descriptor, &address)
            }
            : canBind(AF_INET6) { descriptor in
                var address = sockaddr_in6()
                address.sin6_family = sa_family_t(AF_INET6)
                withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
                return Self.bind(descriptor, &address)
            }
    }

    private func canBind(_ family: Int32, _ bind: (Int32) -> Bool) -> Bool {
        let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return bind(descriptor)
    }

    private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) -> Bool {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size)) == 0
            }
        }
    }
}
