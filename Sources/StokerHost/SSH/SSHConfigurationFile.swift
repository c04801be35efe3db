import Digests
import FoundationEssentials
import Glibc
import StokerCore

/// The configuration file that ssh reads where the user has one of their own: our options, and after them an `Include` of the
/// user's.
///
/// What comes first counts, and options on the command line come before any file. But for a `ProxyJump` ssh starts another
/// ssh, which gets neither, only the name of the file: so they stand in the file, too, and hold for every host on the way.
struct SSHConfigurationFile {
    /// Our options, and the user's file.
    let text: String

    /// Nil where the user has none.
    init?(_ access: SSHSourceAccess) {
        guard let file = access.configFile else { return nil }
        let path = file.hasPrefix("/") ? file : "\(FileManager.default.currentDirectoryPath)/\(file)"
        text = (SSHCommand.checks(access) + ["Include \"\(Self.escaped(path))\""]).joined(separator: "\n") + "\n"
    }

    /// ssh looks for files that match, after it has taken one backslash of two away.
    private static func escaped(_ path: String) -> String {
        var escaped = ""
        for character in path.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\\\\\"
            case "*", "?", "[": escaped += "\\\(character)"
            case _: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// Writes it beside the git cache, where it is not there yet, and answers with its path. Its name says what is in it, so
    /// that another program with another configuration does not write over it.
    func write(beside cache: String) throws(FetchFailure) -> String {
        let path = "\(cache).ssh-\(Digest.sha256Hex(text.utf8).prefix(16))"
        guard path.utf8.allSatisfy(Self.isPlain) else {
            throw FetchFailure(
                .local,
                "source.ssh.config_file needs a storage directory whose path has only letters, digits and ./_-+,:@= in it, not \(path): ssh starts the ssh of a jump host through a shell, with that path"
            )
        }
        if case .success(let bytes) = SmallFile.read(path, limit: text.utf8.count), bytes == Array(text.utf8) {
            return path
        }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw FetchFailure(.local, "could not write the configuration of ssh \(path): \(error)")
        }
        return path
    }

    /// Whether a shell takes the byte as it is, and ssh does not put something else into its place.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x80...0xff: true
        case _: "./_-+,:@=".utf8.contains(byte)
        }
    }
}
