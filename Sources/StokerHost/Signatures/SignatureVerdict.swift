// Signatures: who made the commit that is to be deployed, and whether that is somebody to listen to. libgit2 checks no
// signatures, and nobody should write OpenPGP or ssh's own format again: the programs that git itself asks do it,
// `ssh-keygen -Y verify` and `gpgv`, each with nothing but the object, the signature and the files of the policy, copied
// into a private folder. They run as children with limits, so verdicts are made when the source was looked at
// (`SourceFeed.poll`) and only looked up by the turns of the environments. A verdict is about one object of git and one
// state of the trust files. What cannot be judged is not deployed either.

import StokerCore

/// Whether somebody who is trusted signed an object.
enum SignatureVerdict: Hashable, Sendable {
    /// By whom, in words.
    case good(signer: String)
    /// Who signed or did not, and why that does not count.
    case refused(String)
    /// Nobody could say: a program or a file is missing. To be asked again.
    case unknown(String)

    /// What the loop makes of it.
    var trust: Candidate.Trust {
        switch self {
        case .good: .trusted
        case .refused(let message): .refused(message)
        case .unknown(let message): .unknown(message)
        }
    }
}
