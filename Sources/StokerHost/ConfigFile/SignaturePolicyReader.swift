import StokerCore

/// The `verify` section of the source: whose signature a revision must carry.
struct SignaturePolicyReader {
    private let fields: FieldReader

    init(_ fields: FieldReader) { self.fields = fields }

    /// Nil where it trusts nobody; then that is reported.
    func read() -> SignaturePolicy? {
        defer { fields.finish() }
        fields.refuseNull("mode", "allowed_signers_file", "revocation_file", "keyring_file")
        let mode = fields.choice("mode", default: SignaturePolicy.Mode.head)
        let signers = fields.file("allowed_signers_file")
        let revoked = fields.file("revocation_file")
        let keyring = fields.file("keyring_file")
        if revoked != nil, signers == nil {
            fields.complain(
                fields.keyMark("revocation_file"),
                "revocation_file is about the keys of allowed_signers_file, which is missing")
        }
        guard signers != nil || keyring != nil else {
            fields.complain(fields.mark, "verify needs allowed_signers_file (ssh), keyring_file (OpenPGP) or both")
            return nil
        }
        return SignaturePolicy(
            mode: mode, allowedSignersFile: signers, revocationFile: revoked, keyringFile: keyring)
    }
}
