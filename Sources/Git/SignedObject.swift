/// What a signature of a commit or tag covers, and the signature.
///
/// It is read from the raw bytes of the object and not through libgit2's `git_commit_extract_signature`, which looks for
/// the header in the message, too, and ends at a NUL: what is checked must be exactly what git itself checks.
public struct SignedObject: Sendable, Hashable {
    /// The bytes that were signed: all of the object but the signature.
    public let payload: [UInt8]
    /// The signature in its armour; empty where there is none.
    public let signature: [UInt8]

    /// A commit: the signature is its header `gpgsig`. A second one would be joined to the first, and fit nothing.
    init(commit bytes: [UInt8]) {
        // Lines that begin with a space belong to the header before them.
        enum Header { case kept, signature, leftOut }
        var payload: [UInt8] = []
        var signature: [UInt8] = []
        var header = Header.kept
        var rest = bytes[...]
        while let first = rest.first {
            if first == UInt8(ascii: "\n") {
                payload += rest
                break
            }
            let line = Self.line(rest)
            rest = rest.dropFirst(line.count)
            if first != UInt8(ascii: " ") {
                header =
                    line.starts(with: "gpgsig ".utf8) ? .signature : line.starts(with: "gpgsig".utf8) ? .leftOut : .kept
                if header == .signature {
                    signature += line.dropFirst("gpgsig ".utf8.count)
                    continue
                }
            }
            switch header {
            case .kept: payload += line
            case .signature: signature += line.dropFirst()
            // `gpgsig-sha256`, made for the same commit under its other name: no part of what is signed under this one.
            case .leftOut: continue
            }
        }
        self.payload = payload
        self.signature = signature
    }

    /// An annotated tag: the signature is the last armoured block, to the end of the message.
    init(tag bytes: [UInt8]) {
        var at = bytes.startIndex
        var found = bytes.endIndex
        while at < bytes.endIndex {
            let line = Self.line(bytes[at...])
            if Self.beginnings.contains(where: { line.starts(with: $0.utf8) }) { found = at }
            at += line.count
        }
        payload = Array(bytes[..<found])
        signature = Array(bytes[found...])
    }

    private static let beginnings = [
        "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----", "-----BEGIN SIGNED MESSAGE-----",
        "-----BEGIN SSH SIGNATURE-----",
    ]

    /// The first line with its end.
    private static func line(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return bytes }
        return bytes[...end]
    }
}
