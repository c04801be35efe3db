import Git

/// One signature, whichever kind it is of.
struct SignatureCheck: Sendable {
    let subject: SignatureSubject
    let trust: TrustFolder

    /// - Parameter number: of this signature among those of the pass: its files are called so.
    func verdict(_ number: Int) async -> SignatureVerdict {
        let signature = subject.signed.signature
        if signature.isEmpty { return .refused("\(subject.what) is not signed: \(subject.advice)") }
        if signature.starts(with: "-----BEGIN PGP SIGNATURE-----".utf8) {
            return await OpenPGPSignature(subject: subject, trust: trust).verdict(number)
        }
        if signature.starts(with: "-----BEGIN SIGNED MESSAGE-----".utf8) {
            return .refused(
                "\(subject.what) is signed with an X.509 certificate, which Stoker cannot check: sign it with ssh or OpenPGP"
            )
        }
        guard signature.starts(with: "-----BEGIN SSH SIGNATURE-----".utf8),
            Armour.blocks(signature, kind: "SSH SIGNATURE")?.count == 1
        else {
            return .refused("\(subject.what) has a signature of a form that Stoker does not know: \(subject.advice)")
        }
        do throws(TrustFolder.Unusable) {
            let file = try trust.write(signature, to: "\(number).sig")
            return await SSHSignature(subject: subject, trust: trust).verdict(file)
        } catch {
            return .unknown(error.message)
        }
    }
}
