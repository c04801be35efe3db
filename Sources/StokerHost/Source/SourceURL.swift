/// Where a repository is, and how that may be shown.
struct SourceURL: Hashable, Sendable {
    /// The kinds of places.
    enum Kind: Hashable, Sendable { case path, file, http, https, ssh, other(String) }

    /// As configured; may hold a password.
    let text: String
    let kind: Kind
    /// Without credentials, for messages.
    let shown: String

    init(_ text: String) {
        self.text = text
        guard let mark = text.firstRange(of: "://") else {
            // git@host:path, as git reads it: a colon before the first slash.
            let colon = text.firstIndex(of: ":")
            let slash = text.firstIndex(of: "/") ?? text.endIndex
            self.kind = colon.map { $0 < slash } ?? false ? .ssh : .path
            self.shown = text
            return
        }
        switch text[..<mark.lowerBound].lowercased() {
        case "file": kind = .file
        case "http": kind = .http
        case "https": kind = .https
        case "ssh", "git+ssh", "ssh+git": kind = .ssh
        case let scheme: kind = .other(scheme)
        }
        let rest = text[mark.upperBound...]
        let authority = rest[..<(rest.firstIndex(of: "/") ?? rest.endIndex)]
        guard let at = authority.lastIndex(of: "@") else {
            self.shown = text
            return
        }
        let user = authority[..<at].split(separator: ":", maxSplits: 1).first ?? ""
        let password = authority[..<at].contains(":") ? ":xxxxx" : ""
        self.shown = "\(text[..<mark.upperBound])\(user)\(password)\(rest[at...])"
    }

    /// Takes what libgit2 says about a URL and removes credentials from it.
    func redacted(_ message: String) -> String {
        var result = ""
        var rest = message[...]
        while text != shown, let found = rest.firstRange(of: text) {
            result += rest[..<found.lowerBound] + shown
            rest = rest[found.upperBound...]
        }
        return result + rest
    }

    /// Whether it is a folder of this machine.
    var isLocal: Bool {
        switch kind {
        case .path, .file: true
        case .http, .https, .ssh, .other: false
        }
    }

    /// "the git server at …" or "the repository …", as a person would say.
    var place: String {
        switch kind {
        case .path, .file: "the git repository at \(shown)"
        case .http, .https, .ssh, .other: "the git server at \(shown)"
        }
    }
}

extension StringProtocol {
    /// Where `text` starts and ends first. (The standard library's own is in its regular-expression part, which costs start-up time.)
    func firstRange(of text: String) -> Range<Index>? {
        guard !text.isEmpty else { return nil }
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
