// SSH: how a source is reached over ssh. libgit2's own ssh knows neither today's RSA signatures nor a known_hosts file of
// one's choice nor a time-out, so the `ssh` program of the machine does it: every key type, jump hosts and certificates
// work as they do on the command line. Four parts: the address (git's two spellings of it), the access (what the
// configuration adds), the command (arguments that let nothing be asked and nothing be trusted by accident) and, in the
// fetch child, the connection that libgit2 speaks through. What ssh says when it fails becomes one sentence of ours in
// `SSHComplaint`.

/// Where an ssh source is: `ssh://[user@]host[:port]/path` or `[user@]host:path`, as git reads them.
struct SSHAddress: Hashable, Codable, Sendable {
    /// Nil: whoever ssh takes by itself.
    let user: String?
    /// A name or an address, without brackets.
    let host: String
    let port: Int?
    /// As the remote `git-upload-pack` gets it; a path without a leading slash counts from the user's home.
    let path: String

    /// Why a text is no address. The message completes "url …"; it shows nothing of the text.
    struct Problem: Error, Equatable {
        let message: String
    }

    init(_ text: String) throws(Problem) {
        let parts = try Self.parts(text)
        var place = parts.place[...]
        if let at = place.utf8.lastIndex(of: UInt8(ascii: "@")) {
            let user = String(place[..<at])
            guard parts.isURL || !user.contains(":") else { throw Problem(message: "has a colon in its user") }
            guard !user.contains(":") else {
                throw Problem(message: "must not hold a password: ssh uses keys, see source.ssh.key_file")
            }
            self.user = parts.isURL ? Self.decoded(user) : user
            place = place[place.utf8.index(after: at)...]
        } else {
            user = nil
        }
        (host, port) = try Self.hostAndPort(place, mayHavePort: parts.isURL)
        path = parts.isURL ? Self.decoded(parts.path) : parts.path
        try check()
    }

    /// What is before the path (user, host and port), and the path.
    private static func parts(_ text: String) throws(Problem) -> (place: String, path: String, isURL: Bool) {
        for scheme in ["ssh://", "git+ssh://", "ssh+git://"] where text.lowercased().hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            guard let slash = rest.firstIndex(of: "/") else { throw Problem(message: "has no path") }
            let path = rest[slash...]
            // `/~user/x` means the home folder of user; the slash is the URL's.
            return (String(rest[..<slash]), String(path.hasPrefix("/~") ? path.dropFirst() : path), true)
        }
        // An IPv6 address has colons of its own, within brackets.
        var start = text.startIndex
        if let bracket = text.firstIndex(of: "["), text[..<bracket].isEmpty || text[..<bracket].hasSuffix("@") {
            guard let end = text[bracket...].firstIndex(of: "]") else { throw Problem(message: "lacks a ]") }
            start = end
        }
        guard let colon = text[start...].firstIndex(of: ":") else { throw Problem(message: "has no path") }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]), false)
    }

    private static func hostAndPort(_ text: Substring, mayHavePort: Bool) throws(Problem) -> (String, Int?) {
        var host = text
        var rest: Substring = ""
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            // git's own third spelling: [host:port]:path
            if !mayHavePort, host.count(where: { $0 == ":" }) == 1, let colon = host.firstIndex(of: ":") {
                (host, rest) = (host[..<colon], host[colon...])
            }
        } else if mayHavePort, let colon = text.lastIndex(of: ":") {
            (host, rest) = (text[..<colon], text[colon...])
        }
        if rest.isEmpty || rest == ":" { return (String(host), nil) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
            (1...65535).contains(port)
        else { throw Problem(message: "has a port that is no number from 1 to 65535") }
        return (String(host), port)
    }

    /// What ssh, the remote shell or git would take for an option or a second command is refused, as is what cannot be shown.
    private func check() throws(Problem) {
        guard !host.isEmpty else { throw Problem(message: "has no host") }
        let isHost: (Unicode.Scalar) -> Bool = {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || "-._:%".unicodeScalars.contains($0)
        }
        guard host.unicodeScalars.allSatisfy(isHost) else { throw Problem(message: "has an impossible host") }
        if let user {
            let isUser: (Unicode.Scalar) -> Bool = {
                $0.value > 0x20 && $0.value != 0x7f && !"'\"`;&<>|(){}$\\/".unicodeScalars.contains($0)
            }
            guard !user.isEmpty, user.unicodeScalars.allSatisfy(isUser) else {
                throw Problem(message: "has an impossible user")
            }
        }
        guard !path.isEmpty, path != "/" else { throw Problem(message: "has no path") }
        guard path.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw Problem(message: "has a control character in its path")
        }
        for (part, what) in [(host, "host"), (user ?? "", "user"), (path, "path")] where part.hasPrefix("-") {
            throw Problem(message: "has a \(what) that begins with -, which programs take for an option")
        }
    }

    /// Undoes `%41`; what is no such escape, or would not be text, stays as it is.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let first = rest.popFirst() {
            if first == UInt8(ascii: "%"), rest.count >= 2,
                let byte = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(byte)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(first)
            }
        }
        return String(validating: bytes, as: UTF8.self) ?? text
    }
}
