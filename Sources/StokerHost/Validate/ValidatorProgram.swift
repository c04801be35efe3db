import Glibc
import StokerCore
import Synchronization

/// Finds the validator's program and its version. The version is asked once for each binary: a new one has another
/// inode, size or time.
final class ValidatorProgram: Sendable {
    struct Found: Hashable, Sendable {
        let path: String
        /// Inode, size and time of the binary.
        let stamp: String
        let version: String
    }

    /// Of the whole process: a thousand targets with one promtool ask it once.
    private static let known = Mutex<[String: Found]>([:])

    /// The validator of a kind: by this name or path, else the first of its names that is installed.
    func find(_ program: String?, for checker: KindProfile.Checker) async -> Result<Found, ValidatorUnavailable> {
        let names = program.map { [$0] } ?? checker.programs
        guard let path = names.lazy.compactMap({ ChildEnvironment.find($0) }).first else {
            return .failure(
                ValidatorUnavailable("\(names.joined(separator: " or ")) was not found: \(checker.advice)"))
        }
        let stamp = Self.stamp(path)
        if let found = Self.known.withLock({ $0[path] }), found.stamp == stamp { return .success(found) }
        let result = await ChildProcess.run(
            path, ["--version"], limit: .seconds(30), outputLimit: 4096, streams: .combined)
        let told = Self.version(in: result.standardOutput.text)
        // VictoriaMetrics as Debian builds it tells no version.
        guard result.exit.isSuccess, let version = told ?? (checker.style == .promtool ? nil : "") else {
            return .failure(
                ValidatorUnavailable("\(path) --version gives no version (\(result.exit)): check validate.program"))
        }
        let found = Found(path: path, stamp: stamp, version: version)
        Self.known.withLock { $0[path] = found }
        return .success(found)
    }

    /// A command of the user, which has no version that we could ask for.
    func command(_ program: String) -> Result<Found, ValidatorUnavailable> {
        guard let path = ChildEnvironment.find(program) else {
            return .failure(ValidatorUnavailable("\(program) was not found: install it or correct validate.command"))
        }
        return .success(Found(path: path, stamp: Self.stamp(path), version: ""))
    }

    /// `promtool, version 2.42.0+ds (branch: …`, or VictoriaMetrics' `vmagent-20230101-…-tags-v1.90.0-0-g…`
    private static func version(in text: String) -> String? {
        if let tag = text.firstRange(of: "-tags-v") { return String(text[tag.upperBound...].prefix { $0 != "-" }) }
        guard let line = text.split(separator: "\n").first(where: { $0.contains(", version ") }),
            let mark = line.firstRange(of: ", version ")
        else { return nil }
        let version = line[mark.upperBound...].prefix { $0 != " " }
        return version.isEmpty ? nil : String(version)
    }

    private static func stamp(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "gone" }
        return "\(status.st_dev):\(status.st_ino):\(status.st_size):\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
}
