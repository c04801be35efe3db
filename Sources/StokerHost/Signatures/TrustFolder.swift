import Glibc
import StokerCore

/// The files of the policy, copied into a private folder for one pass: programs find them there as they were read, in the
/// form they understand, beside the signatures in question.
struct TrustFolder: Sendable {
    /// Why there is none.
    struct Unusable: Error {
        /// One sentence: which file, what is wrong, what to do.
        let message: String
    }

    /// A copy, and what it is a copy of.
    struct Copy: Sendable {
        let path: String
        let original: String
    }

    /// Who keeps more keys than this has another problem.
    private static let largestFile = 16 << 20
    /// A pass never takes so long; what is older was left by a crash.
    private static let oldestSeconds = 3600

    /// The folder, for this user alone.
    let path: String
    let signers: Copy?
    let revoked: Copy?
    let keyring: Copy?

    /// Makes the folder below `place`, and removes what a crash left there.
    init(_ policy: SignaturePolicy, in place: String) throws(Unusable) {
        let folder = try Self.makeFolder(in: place)
        do throws(Unusable) {
            signers = try Self.copy(policy.allowedSignersFile, "allowed_signers_file", to: folder + "/signers") { $0 }
            revoked = try Self.copy(policy.revocationFile, "revocation_file", to: folder + "/revoked") {
                (bytes) throws(Unusable) in
                try Self.checkRevocations(bytes, policy.revocationFile ?? "")
                return bytes
            }
            keyring = try Self.copy(policy.keyringFile, "keyring_file", to: folder + "/keyring.gpg") {
                (bytes) throws(Unusable) in
                guard let ring = OpenPGPKeyring.binary(bytes) else {
                    throw Unusable(
                        message: "\(policy.keyringFile ?? "") (keyring_file) holds no OpenPGP public keys: write it "
                            + "with `gpg --export`")
                }
                return ring
            }
        } catch {
            Self.remove(folder)
            throw error
        }
        path = folder
    }

    /// Writes a file into the folder, 0600.
    func write(_ bytes: [UInt8], to name: String) throws(Unusable) -> String {
        let file = "\(path)/\(name)"
        try Self.write(bytes, file)
        return file
    }

    /// Removes the folder and all in it.
    func remove() { Self.remove(path) }

    private static func makeFolder(in place: String) throws(Unusable) -> String {
        do throws(StagingError) { try StagingFiles.makeDirectory(place) } catch {
            throw Unusable(message: error.message)
        }
        for name in HostFiles.names(in: place) ?? [] where isOld("\(place)/\(name)") { remove("\(place)/\(name)") }
        var template = Array("\(place)/XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Unusable(
                message:
                    "no folder can be made in \(place): \(String(cString: strerror(errno))); check the storage directory"
            )
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func isOld(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && time(nil) - status.st_mtim.tv_sec > oldestSeconds
    }

    /// What cannot be removed now is removed an hour later, or is harmless.
    private static func remove(_ path: String) {
        do throws(StagingError) { try StagingFiles.removeTree(path) } catch { return }
    }

    private static func write(_ bytes: [UInt8], _ file: String) throws(Unusable) {
        do throws(StagingError) { try StagingFiles.write(bytes, to: file) } catch {
            throw Unusable(message: error.message)
        }
    }

    private static func copy(
        _ original: String?, _ key: String, to copy: String, _ convert: ([UInt8]) throws(Unusable) -> [UInt8]
    ) throws(Unusable) -> Copy? {
        guard let original else { return nil }
        switch SmallFile.read(original, limit: largestFile) {
        case .success(let bytes):
            try write(try convert(bytes), copy)
            return Copy(path: copy, original: original)
        case .failure(let problem):
            throw Unusable(
                message: "\(original) (\(key) of source.verify) cannot be read: \(problem.message); put it there, "
                    + "readable for this user")
        }
    }

    /// ssh-keygen refuses every key where it cannot read the list, and does not say that this was why.
    private static func checkRevocations(_ bytes: [UInt8], _ original: String) throws(Unusable) {
        if bytes.starts(with: "SSHKRL\n".utf8) { return }
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
            guard let first = words.first, first.first != UInt8(ascii: "#") else { continue }
            if words.contains(where: { $0.starts(with: "AAAA".utf8) }) { continue }
            throw Unusable(
                message: "line \(index + 1) of \(original) (revocation_file) is no public key, and the file is no key "
                    + "revocation list: correct it")
        }
    }
}
