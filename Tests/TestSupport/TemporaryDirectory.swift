import Foundation

/// A directory of a test's own, removed at the end.
public struct TemporaryDirectory: Sendable {
    /// Absolute path, without a trailing slash.
    public let path: String

    /// Makes the directory; readable for other users, so that tests may run programs as one of them.
    public init(prefix: String = "stoker-test") throws {
        var template = Array(
            (NSTemporaryDirectory() as NSString).appendingPathComponent("\(prefix)-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw TestFailure("no temporary directory could be made: \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard chmod(path, 0o755) == 0 else { throw TestFailure("chmod of \(path) failed") }
    }

    /// An absolute path below the directory.
    public func callAsFunction(_ relative: String) -> String { "\(path)/\(relative)" }

    /// Removes the directory and all in it.
    public func remove() {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            FileHandle.standardError.write(Data("could not remove \(path): \(error)\n".utf8))
        }
    }
}
