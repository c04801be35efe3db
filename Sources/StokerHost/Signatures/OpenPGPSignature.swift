import FoundationEssentials
import Git
import StokerCore

/// A signature by an OpenPGP key, judged by `gpgv`: it takes every key of the ring for trusted, and none from anywhere else.
struct OpenPGPSignature: Sendable {
    let subject: SignatureSubject
    let trust: TrustFolder

    static let program = "gpgv"

    /// - Parameter number: of this signature among those of the pass.
    func verdict(_ number: Int) async -> SignatureVerdict {
        guard let keyring = trust.keyring else {
            return .refused(
                "\(subject.what) is signed with OpenPGP, but source.verify has no keyring_file: sign it with an ssh key, or "
                    + "set it")
        }
        // A block may hold a signed text of its own, which says nothing about the object it is attached to.
        guard let blocks = Armour.blocks(subject.signed.signature, kind: "PGP SIGNATURE"), blocks.count == 1,
            OpenPGPPackets.kinds(blocks[0]) == [OpenPGPPackets.signature]
        else {
            return .refused(
                "the OpenPGP signature of \(subject.what) is not one detached signature: sign it with git and one key")
        }
        let file: String
        do throws(TrustFolder.Unusable) {
            file = try trust.write(blocks[0], to: "\(number).sig")
        } catch {
            return .unknown(error.message)
        }
        let arguments = ["--homedir", trust.path, "--keyring", keyring.path, "--status-fd", "1", file, "-"]
        switch await SignatureProgram.run(Self.program, package: "gpgv", arguments, subject.signed.payload) {
        case .failure(let unknown): return .unknown(unknown.message)
        case .success(let result): return verdict(of: result.standardOutput.text, keyring)
        }
    }

    /// Reads gpgv's status lines (doc/DETAILS of GnuPG): its exit code is 0 for expired and revoked keys, too.
    func verdict(of status: String, _ keyring: TrustFolder.Copy) -> SignatureVerdict {
        let verdicts: Set = ["GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG"]
        var facts: [String: [Substring]] = [:]
        var judged: [String] = []
        for line in status.split(separator: "\n") where line.hasPrefix("[GNUPG:] ") {
            let words = line.split(separator: " ").dropFirst()
            guard let keyword = words.first.map(String.init) else { continue }
            facts[keyword] = Array(words.dropFirst())
            if verdicts.contains(keyword) { judged.append(keyword) }
        }
        guard judged.count == 1, let verdict = judged.first, let words = facts[verdict] else {
            return .refused("the OpenPGP signature of \(subject.what) cannot be read by gpgv: sign it anew")
        }
        let fingerprint = facts["VALIDSIG"]?.first.map(String.init) ?? words.first.map(String.init) ?? "an unknown key"
        let name = SignatureSubject.printable(words.dropFirst().joined(separator: " "))
        let signer = "\(subject.what) is signed by \(name) (\(fingerprint))"
        switch verdict {
        case "GOODSIG" where facts["VALIDSIG"] != nil: return .good(signer: "\(name) (\(fingerprint))")
        case "EXPKEYSIG":
            let day = (facts["KEYEXPIRED"]?.first).flatMap { Int64($0) }.map { " on " + Self.day($0) }
            return .refused("\(signer), whose key expired\(day ?? ""): sign it with a valid key")
        case "EXPSIG": return .refused("\(signer), a signature that has expired: sign it anew")
        case "REVKEYSIG":
            return .refused("\(signer), whose key is revoked in \(keyring.original): sign it with a valid key")
        case "BADSIG":
            return .refused(
                "the signature by \(name) does not fit \(subject.what): it was changed after it was signed, or the signature "
                    + "is that of something else")
        case _ where facts["NO_PUBKEY"] != nil:
            return .refused(
                "\(subject.what) is signed by the OpenPGP key \(fingerprint), which is not in \(keyring.original): sign it "
                    + "with a key that is, or add that key")
        case _:
            return .refused(
                "the OpenPGP signature of \(subject.what) by \(fingerprint) cannot be checked by gpgv: sign it with a key "
                    + "and a digest that it knows")
        }
    }

    private static func day(_ seconds: Int64) -> String {
        String(TimeText.iso(WallTime(milliseconds: seconds &* 1000)).prefix(10))
    }
}
