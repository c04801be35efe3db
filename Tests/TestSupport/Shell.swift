import Foundation

/// Runs a program to its end.
public enum Shell {
    /// What a program left behind.
    public struct Result: Sendable, CustomStringConvertible {
        /// Exit code; 128 + the signal's number where it was killed, as shells have it.
        public let code: Int32
        /// Standard output.
        public let output: String
        /// Standard error.
        public let error: String
        /// Both, for messages.
        public var description: String { "exit code \(code)\n--- stdout\n\(output)\n--- stderr\n\(error)" }
    }

    /// Runs a program; its process group is killed at `limit`.
    ///
    /// - Throws: `TestFailure` where it cannot be started or does not end in time. A non-zero exit is a value.
    public static func run(
        _ arguments: [String], directory: String? = nil, environment: [String: String]? = nil,
        limit: Duration = .seconds(60)
    ) async throws -> Result {
        let place = try TemporaryDirectory(prefix: "stoker-shell")
        defer { place.remove() }
        let child = try Child(
            arguments, environment: environment, directory: directory, output: place("out"), error: place("err"))
        defer { child.stop(patience: .zero) }
        do {
            let exit = try await child.wait(within: limit)
            let code: Int32 =
                switch exit {
                case .code(let code): code
                case .signal(let number): 128 + number
                }
            return Result(code: code, output: Files.read(place("out")) ?? "", error: Files.read(place("err")) ?? "")
        } catch {
            throw TestFailure(
                "\(arguments.joined(separator: " ")) did not end within \(limit); it printed:\n\(child.tail())\n"
                    + (Files.read(place("out")) ?? ""))
        }
    }

    /// Runs a program that must succeed, and answers with what it printed.
    @discardableResult
    public static func succeed(
        _ arguments: [String], directory: String? = nil, environment: [String: String]? = nil,
        limit: Duration = .seconds(60)
    ) async throws -> String {
        let result = try await run(arguments, directory: directory, environment: environment, limit: limit)
        guard result.code == 0 else { throw TestFailure("\(arguments.joined(separator: " ")): \(result)") }
        return result.output
    }
}
