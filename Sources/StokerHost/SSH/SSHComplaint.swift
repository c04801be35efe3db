import Glibc
import StokerCore

/// Turns what ssh and the remote git say on their error stream into one sentence: what failed, where, what to set.
///
/// ssh ends with 255 whatever happened, so its words are all there is. Unknown ones are shown as they are.
struct SSHComplaint {
    let access: SSHSourceAccess

    private var place: String { "the git server at \(access.url)" }
    private var login: String { access.address.user.map { "user \($0)" } ?? "this user" }

    /// Nothing came within a limit.
    func silence(_ limit: Duration, isGreeted: Bool) -> FetchFailure {
        isGreeted
            ? FetchFailure(
                .timeout, "\(place) was silent for \(limit.prometheusText) (source.limits.idle_timeout)")
            : FetchFailure(
                .timeout,
                "\(place) did not answer within \(limit.prometheusText) (source.limits.connect_timeout and idle_timeout)"
            )
    }

    /// Something else than git spoke first.
    func noise(_ bytes: [UInt8]) -> FetchFailure {
        FetchFailure(
            .protocolError,
            "\(place) does not speak git: the login shell of \(login) prints \(quoted(Self.firstLine(bytes))); "
                + "allow it to run git-upload-pack, and let its start-up files print nothing")
    }

    func tooManyReferences(_ limit: Int) -> FetchFailure {
        FetchFailure(
            .tooLarge,
            "\(place) was given up: its list of references is longer than \(limit) references can be (source.limits.max_references)"
        )
    }

    func tooManyBytes(_ limit: Int) -> FetchFailure {
        FetchFailure(
            .tooLarge, "\(place) was given up: it sent more than \(limit) bytes (source.limits.max_received)")
    }

    /// The other end is gone.
    /// - Parameters:
    ///   - code: ssh's own exit code, or nil where it was ended or goes on.
    ///   - isGreeted: whether the remote git had begun to speak.
    func failure(said: String, code: Int32?, isGreeted: Bool) -> FetchFailure {
        let lines = said.split(whereSeparator: \.isNewline).map { Self.printable($0) }.filter { !$0.isEmpty }
        if let known = hostKey(lines) ?? ourKey(lines) ?? network(lines) ?? remote(lines, code) ?? program(lines) {
            return known
        }
        let detail =
            lines.last { !Self.isDecoration($0) } ?? code.map { "ssh ended with code \($0)" } ?? "no reason given"
        return isGreeted
            ? FetchFailure(.protocolError, "\(place) broke off in the middle: \(detail)")
            : FetchFailure(.protocolError, "\(place) did not answer as a git server does: \(detail)")
    }

    private func hostKey(_ lines: [String]) -> FetchFailure? {
        let file =
            access.knownHostsFile.map { "source.ssh.known_hosts_file \($0)" }
            ?? "the known_hosts file of the user that runs stoker"
        let owner = hostKeyOwner(lines)
        if lines.contains(where: { $0.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") }) {
            let print = lines.first { $0.hasPrefix("SHA256:") } ?? "another one"
            return FetchFailure(
                .certificate,
                "the host key of \(owner) is not the one in \(file), but \(print.trimmingSuffix(".")): "
                    + "somebody may be in between; replace it there only after you have compared it with what its operator publishes"
            )
        }
        if lines.contains(where: { $0.contains("REVOKED HOST KEY") }) {
            return FetchFailure(.certificate, "the host key of \(owner) is marked as revoked in \(file)")
        }
        if let line = lines.first(where: { $0.hasPrefix("Certificate invalid: ") }) {
            return FetchFailure(
                .certificate,
                "the host certificate of \(owner) is not valid (\(line.dropFirst("Certificate invalid: ".count))), and its key by itself is not in \(file): let its operator sign it anew"
            )
        }
        if let line = lines.first(where: { $0.contains("host key is known for") }) {
            let kind = line.split(separator: " ").dropFirst().first ?? "its"
            return FetchFailure(
                .certificate,
                "the host key of \(owner) is not known: add its \(kind) key to \(file), "
                    + "after you have compared it with what its operator publishes (ssh-keyscan shows it)\(access.knownHostsFile == nil ? ", or set source.ssh.known_hosts_file" : "")"
            )
        }
        guard lines.contains(where: { $0.hasPrefix("Host key verification failed") }) else { return nil }
        return FetchFailure(.certificate, "the host key of \(owner) could not be verified: check \(file)")
    }

    /// Whose key it is: a jump host, or an alias of the configuration file, is another one than that of the URL.
    private func hostKeyOwner(_ lines: [String]) -> String {
        let marks = [("Host key for ", " has changed"), ("host key is known for ", " and you")]
        for line in lines {
            for (before, after) in marks {
                guard let start = line.firstRange(of: before),
                    let end = line[start.upperBound...].firstRange(of: after)
                else { continue }
                let name = line[start.upperBound..<end.lowerBound]
                let host = access.address.host.lowercased()
                let own = [host, "[\(host)]:\(access.address.port ?? 22)"]
                return own.contains(name.lowercased()) ? place : "\(name) for \(place)"
            }
        }
        return place
    }

    private func ourKey(_ lines: [String]) -> FetchFailure? {
        if let line = lines.first(where: { $0.hasPrefix("Load key ") }) {
            return FetchFailure(
                .authentication,
                "ssh could not use the key for \(place): \(line.dropFirst("Load key ".count)); check source.ssh.key_file"
            )
        }
        if let line = lines.first(where: { $0.contains("signing failed for") || $0.contains("agent refused operation") }
        ) {
            return FetchFailure(.authentication, "the ssh agent did not prove who we are to \(place): \(line)")
        }
        guard let line = lines.last(where: { $0.contains("Permission denied (") }) else {
            guard lines.contains(where: { $0.contains("Too many authentication failures") }) else { return nil }
            return FetchFailure(
                .authentication, "\(place) gave up after too many keys: name the right one in source.ssh.key_file")
        }
        let user = line.split(separator: "@").first.map { "user \($0)" } ?? login
        let key =
            switch (access.keyFile, access.agentSocket) {
            case (let file?, _):
                "the key in source.ssh.key_file \(file): check that its public half is allowed there\(Self.certificate(file))"
            case (nil, _?): "every key of the ssh agent: name the right one in source.ssh.key_file"
            case (nil, nil): "the keys ssh finds for the user that runs stoker, if any: set source.ssh.key_file"
            }
        return FetchFailure(.authentication, "\(place) refused \(user) with \(key)")
    }

    /// ssh shows the certificate of a key that lies beside it, and says nothing of it.
    private static func certificate(_ key: String) -> String {
        let file = "\(key)-cert.pub"
        return Glibc.access(file, F_OK) == 0 ? ", or that the certificate \(file) is valid now and names that user" : ""
    }

    private func network(_ lines: [String]) -> FetchFailure? {
        guard
            let line = lines.last(where: { line in
                [
                    "ssh: connect to ", "ssh: Could not resolve ", "Connection timed out", "Connection closed by",
                    "Connection reset by", "kex_exchange_identification:", "Timeout, server", "banner exchange:",
                    "Unable to negotiate", "ssh_exchange_identification:", "client_loop: send disconnect",
                    "Connection to ",
                ].contains { line.hasPrefix($0) }
            })
        else { return nil }
        if line.contains("Connection timed out") || line.contains(" timed out") {
            return FetchFailure(
                .timeout,
                "\(place) did not answer within \(access.connectTimeout.prometheusText) (source.limits.connect_timeout)"
            )
        }
        if line.hasPrefix("Timeout, server") {
            return FetchFailure(
                .timeout,
                "\(place) was silent for \(access.idleTimeout.prometheusText) (source.limits.idle_timeout)")
        }
        if line.contains("Could not resolve hostname") {
            let why = line.split(separator: ":").last.map { String($0).trimmingPrefix(" ") } ?? "unknown"
            return FetchFailure(
                .unreachable, "the name \(access.address.host) of \(place) could not be resolved: \(why)")
        }
        if line.hasPrefix("Unable to negotiate") {
            return FetchFailure(.unreachable, "\(place) and ssh have no method in common: \(line)")
        }
        let why = line.hasPrefix("ssh: connect to ") ? String(line.split(separator: ":").last ?? "") : line
        return FetchFailure(.unreachable, "\(place) could not be reached: \(why.trimmingPrefix(" "))")
    }

    /// What the other end's git, or a hosting service in its place, says.
    private func remote(_ lines: [String], _ code: Int32?) -> FetchFailure? {
        if let line = lines.first(where: { Self.saysNotFound($0) }) {
            return FetchFailure(
                .notFound,
                "\(place) has no such repository, or this key may not see it: check source.url and source.ssh.key_file (\(line))"
            )
        }
        if let line = lines.first(where: {
            $0.contains("detected dubious ownership") || $0.contains("unsafe repository")
        }) {
            return FetchFailure(
                .notFound,
                "git at \(place) refuses the repository, as it belongs to another user than it runs as: set safe.directory there (\(line))"
            )
        }
        if code == 127 || lines.contains(where: { $0.contains("git-upload-pack") && $0.contains("not found") }) {
            return FetchFailure(
                .notFound, "\(place) has no program git-upload-pack: install git there, or check source.url")
        }
        return nil
    }

    /// About ssh's own files.
    private func program(_ lines: [String]) -> FetchFailure? {
        guard
            let line = lines.first(where: {
                $0.contains("Bad configuration option") || $0.contains("Bad owner or permissions")
                    || $0.contains("Can't open user config file") || $0.hasPrefix("command-line:")
            })
        else { return nil }
        return FetchFailure(.local, "ssh refuses its configuration for \(place): \(line); check source.ssh.config_file")
    }

    private static func saysNotFound(_ line: String) -> Bool {
        let text = line.lowercased()
        return [
            "does not appear to be a git repository", "repository not found", "not found or you don't have",
            "repository does not exist", "project you were looking for could not be found", "no such repository",
            "access denied or repository not exported", "cannot find repository",
        ].contains { text.contains($0) }
    }

    private static func isDecoration(_ line: String) -> Bool {
        line.allSatisfy { "@=-* ".contains($0) } || line.hasPrefix("Warning:") || line == "remote:"
    }

    private static func firstLine(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(200), as: UTF8.self)
        return String(text.split(whereSeparator: \.isNewline).first ?? "nothing readable")
    }

    /// A line without what would disturb a terminal or a log, and not longer than a line.
    private static func printable(_ line: Substring) -> String {
        let shown = line.unicodeScalars.prefix(200).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "?"
            case _: scalar
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: shown)
        return String(view).trimmingPrefix(" ")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ text: String) -> String { hasSuffix(text) ? String(dropLast(text.count)) : self }
    fileprivate func trimmingPrefix(_ text: String) -> String {
        hasPrefix(text) ? String(dropFirst(text.count)).trimmingPrefix(text) : self
    }
}
