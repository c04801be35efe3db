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

    private let known = Mutex<[String: Found]>([:])

    /// promtool of this name or path.
    func promtool(_ program: String) async -> Result<Found, ValidatorUnavailable> {
        guard let path = ChildEnvironment.find(program) else {
            return .failure(
                ValidatorUnavailable(
                    "\(program) was not found: install prometheus (it brings promtool) or set validate.program"))
        }
        let stamp = Self.stamp(path)
        if let found = known.withLock({ $0[path] }), found.stamp == stamp { return .success(found) }
        let result = await ChildProcess.run(
            path, ["--version"], limit: .seconds(30), outputLimit: 4096, streams: .combined)
        guard result.exit.isSuccess, let version = Self.version(in: result.standardOutput.text) else {
            return .failure(
                ValidatorUnavailable("\(path) --version gives no version (\(result.exit)): check validate.program"))
        }
        let found = Found(path: path, stamp: stamp, version: version)
        known.withLock { $0[path] = found }
        return .success(found)
    }

    /// A command of the user, which has no version that we could ask for.
    func command(_ program: String) -> Result<Found, ValidatorUnavailable> {
        guard let path = ChildEnvironment.find(program) else {
            return .failure(ValidatorUnavailable("\(program) was not found: install it or correct validate.command"))
        }
        return .success(Found(path: path, stamp: Self.stamp(path), version: ""))
    }

    /// `promtool, version 2.42.0+ds (branch: …`
    private static func version(in text: String) -> String? {
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
