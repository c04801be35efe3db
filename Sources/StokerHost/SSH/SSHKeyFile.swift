import FoundationEssentials
import Glibc

/// What a key file is, as far as ssh would stumble over it without a word: it skips a key with a passphrase in silence.
enum SSHKeyFile: Hashable {
    /// Nothing speaks against it.
    case usable
    /// It needs a passphrase.
    case protected
    /// The wrong half.
    case publicKey
    /// Ours, and open to others: the mode in octal.
    case tooOpen(String)

    /// Looks at a file that can be read. What it cannot make out is for ssh to judge.
    static func look(at path: String) -> SSHKeyFile {
        var status = stat()
        guard stat(path, &status) == 0 else { return .usable }
        // ssh's own rule: it cares for the user's own files alone.
        if status.st_uid == getuid(), status.st_mode & 0o077 != 0 {
            return .tooOpen(String(status.st_mode & 0o777, radix: 8))
        }
        return kind(ofText: beginning(of: path))
    }

    static func kind(ofText text: String) -> SSHKeyFile {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let first = lines.first else { return .usable }
        if ["ssh-", "ecdsa-", "sk-"].contains(where: { first.hasPrefix($0) }) { return .publicKey }
        // PKCS#8, and the older PEM.
        if first.contains("BEGIN ENCRYPTED PRIVATE KEY") { return .protected }
        if lines.dropFirst().prefix(2).contains(where: { $0.hasPrefix("Proc-Type:") && $0.hasSuffix("ENCRYPTED") }) {
            return .protected
        }
        guard first.contains("BEGIN OPENSSH PRIVATE KEY"), lines.count > 1 else { return .usable }
        return isProtected(lines[1]) ? .protected : .usable
    }

    /// PROTOCOL.key of OpenSSH: the magic, then the name of the cipher as length and text; `none` is no passphrase.
    private static func isProtected(_ line: Substring) -> Bool {
        // Whole groups of four, as many as hold what is looked at.
        guard let bytes = Data(base64Encoded: String(line.prefix(64))) else { return false }
        let magic = Array("openssh-key-v1\0".utf8)
        guard bytes.count > magic.count + 8, bytes.starts(with: magic) else { return false }
        let cipher = Array(bytes.dropFirst(magic.count).prefix(8))
        return cipher != [0, 0, 0, 4] + Array("none".utf8)
    }

    private static func beginning(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
