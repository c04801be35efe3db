import Git
import Glibc

/// A signature by an ssh key, judged by `ssh-keygen -Y` as git judges it.
struct SSHSignature: Sendable {
    let subject: SignatureSubject
    let trust: TrustFolder

    /// What git's signatures are made for: one made for files or mails does not count.
    private static let namespace = "git"
    /// Names that one key may sign as.
    private static let mostPrincipals = 16

    static let program = "ssh-keygen"

    func verdict(_ file: String) async -> SignatureVerdict {
        guard let signers = trust.signers else {
            return .refused(
                "\(subject.what) is signed with an ssh key, but source.verify has no allowed_signers_file: sign it with "
                    + "OpenPGP, or set it")
        }
        guard let time = Self.text(subject.dates.seconds) else {
            return .refused(
                "\(subject.what) says it was made at an impossible time (\(subject.dates.seconds)): make it anew")
        }
        let whole = await run(["check-novalidate", "-n", Self.namespace, "-s", file], subject.signed.payload)
        switch whole {
        case .failure(let unknown): return unknown.verdict
        case .success(let answer) where !answer.isSuccess: return misfit(answer)
        case .success(let answer):
            let key = Self.fingerprint(answer.text)
            let found = await run(["find-principals", "-s", file, "-f", signers.path, "-Overify-time=\(time)"], [])
            switch found {
            case .failure(let unknown): return unknown.verdict
            case .success(let answer) where !answer.isSuccess: return untrusted(key, answer.text, signers)
            case .success(let answer):
                let principals = answer.output.split(separator: "\n").prefix(Self.mostPrincipals).map(String.init)
                return await verdict(of: principals, key, file, time, signers)
            }
        }
    }

    /// The first name that the key may sign as decides; where none may, the last one's reason is told.
    private func verdict(
        of principals: [String], _ key: String, _ file: String, _ time: String, _ signers: TrustFolder.Copy
    ) async -> SignatureVerdict {
        var refusal = untrusted(key, "", signers)
        for principal in principals {
            let words = "\(SignatureSubject.printable(principal)) (\(key))"
            let verify = ["verify", "-n", Self.namespace, "-I", principal, "-s", file, "-f", signers.path]
            let at = await run(verify + ["-Overify-time=\(time)"], subject.signed.payload)
            switch at {
            case .failure(let unknown): return unknown.verdict
            case .success(let answer) where !answer.isSuccess:
                refusal = untrusted(words, answer.text, signers)
                continue
            case .success: break
            }
            if let revoked = trust.revoked {
                let asked = await run(verify + ["-Overify-time=\(time)", "-r", revoked.path], subject.signed.payload)
                switch asked {
                case .failure(let unknown): return unknown.verdict
                case .success(let answer) where !answer.isSuccess: return await refused(words, by: revoked)
                case .success: break
                }
            }
            return await verdict(asOfNow: verify, words, signers)
        }
        return refusal
    }

    /// The holder of a key that has expired, or that was lost and given an end, can still date a commit back to when it
    /// was valid. What he builds on was made later than that: then the date is not believed.
    private func verdict(
        asOfNow verify: [String], _ words: String, _ signers: TrustFolder.Copy
    ) async -> SignatureVerdict {
        guard subject.dates.areBackdated else { return .good(signer: words) }
        guard let now = Self.text(Int64(time(nil))) else {
            return .unknown("the clock of this machine is wrong: set it")
        }
        switch await run(verify + ["-Overify-time=\(now)"], subject.signed.payload) {
        case .failure(let unknown): return unknown.verdict
        case .success(let answer) where answer.isSuccess: return .good(signer: words)
        case .success:
            return .refused(
                "\(subject.what) is signed by \(words), a key that \(signers.original) does not accept any more, and says it "
                    + "was made more than a day before what it builds on, or before what was accepted already: sign it with a "
                    + "valid key")
        }
    }

    // MARK: - Words

    private func misfit(_ answer: Answer) -> SignatureVerdict {
        if answer.text.contains("namespace") {
            return .refused(
                "\(subject.what) carries an ssh signature that was made for something else than git: sign it with git")
        }
        if answer.text.contains("incorrect signature") {
            return .refused(
                "the signature does not fit \(subject.what): it was changed after it was signed, or the signature is that "
                    + "of something else")
        }
        return .refused("the ssh signature of \(subject.what) cannot be read: \(answer.lastLine)")
    }

    private func untrusted(_ key: String, _ text: String, _ signers: TrustFolder.Copy) -> SignatureVerdict {
        let who = "\(subject.what) is signed by \(key)"
        if let time = Self.word(after: "valid-before ", in: text) {
            return .refused(
                "\(who), whose key expired on \(time) according to \(signers.original), before it was made: sign it with a "
                    + "valid key")
        }
        if let time = Self.word(after: "valid-after ", in: text) {
            return .refused(
                "\(who), whose key is valid from \(time) on according to \(signers.original), after it was made: sign it "
                    + "with a valid key")
        }
        if text.contains("signature namespace") {
            return .refused("\(who), whom \(signers.original) does not allow to sign for git: correct its namespaces")
        }
        let broken = Self.word(after: trust.signers.map { "\($0.path):" } ?? "", in: text)
            .flatMap { Int($0.prefix { $0.isNumber }) }.map { " (its line \($0) cannot be read)" }
        return .refused(
            "\(who), which is not in \(signers.original)\(broken ?? ""): sign it with a key that is, or add that key")
    }

    private func refused(_ words: String, by revoked: TrustFolder.Copy) async -> SignatureVerdict {
        // Of a list that it cannot read, ssh-keygen says no more than of a key that is on it.
        if case .success(let bytes) = SmallFile.read(revoked.path, limit: 8), bytes.starts(with: "SSHKRL\n".utf8) {
            switch await Self.run(["-Q", "-l", "-f", revoked.path], []) {
            case .failure(let unknown): return unknown.verdict
            case .success(let answer) where !answer.isSuccess:
                return .unknown("\(revoked.original) (revocation_file) is damaged: make it anew with `ssh-keygen -k`")
            case .success: break
            }
        }
        return .refused(
            "\(subject.what) is signed by \(words), whose key is revoked by \(revoked.original): sign it with a valid key"
        )
    }

    // MARK: - ssh-keygen

    private struct Answer {
        let isSuccess: Bool
        let output: String
        /// Both streams.
        let text: String

        var lastLine: String {
            SignatureSubject.printable(text.split(separator: "\n").first.map(String.init) ?? "no reason")
        }
    }

    private struct Unanswered: Error {
        let verdict: SignatureVerdict
    }

    private func run(_ arguments: [String], _ input: [UInt8]) async -> Result<Answer, Unanswered> {
        await Self.run(["-Y"] + arguments, input)
    }

    private static func run(_ arguments: [String], _ input: [UInt8]) async -> Result<Answer, Unanswered> {
        switch await SignatureProgram.run(program, package: "openssh-client", arguments, input) {
        case .failure(let unknown): .failure(Unanswered(verdict: .unknown(unknown.message)))
        case .success(let result):
            .success(
                Answer(
                    isSuccess: result.exit.isSuccess, output: result.standardOutput.text,
                    text: result.standardOutput.text + result.standardError.text))
        }
    }

    /// `Good "git" signature with ED25519 key SHA256:…`
    private static func fingerprint(_ text: String) -> String {
        text.split { $0 == " " || $0 == "\n" }.last { $0.hasPrefix("SHA256:") }.map(String.init) ?? "an unknown key"
    }

    private static func word(after mark: String, in text: String) -> String? {
        guard !mark.isEmpty, let range = text.firstRange(of: mark) else { return nil }
        return String(text[range.upperBound...].prefix { $0 != " " && $0 != "\n" && $0 != "\r\n" })
    }

    /// A time as `-Overify-time` takes it: in the zone of this machine, as `allowed_signers` has its times, too.
    private static func text(_ seconds: Int64) -> String? {
        var time = time_t(seconds)
        var parts = tm()
        guard seconds > 0, seconds < 253_402_214_400, localtime_r(&time, &parts) != nil else { return nil }
        let digits = [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec]
        return digits.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
    }
}
