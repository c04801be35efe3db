import Foundation

/// A bare repository and a clone to commit in, isolated from the machine's git configuration.
public struct GitRepository: Sendable {
    /// The bare repository: what `source.url` names.
    public let bare: String
    /// The clone.
    public let work: String

    /// Makes both below `directory`, with an empty branch `main`.
    public init(in directory: String, name: String = "monitoring") async throws {
        bare = "\(directory)/\(name).git"
        work = "\(directory)/\(name)-work"
        try await Shell.succeed(["git", "init", "-q", "--bare", "-b", "main", bare], environment: Self.environment)
        try await Shell.succeed(["git", "init", "-q", "-b", "main", work], environment: Self.environment)
        try await git("remote", "add", "origin", bare)
    }

    private static var environment: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C.UTF-8",
            "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.com",
            "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@example.com",
        ]
    }

    /// Runs git in the clone and answers with what it printed, without the last newline.
    @discardableResult
    public func git(_ arguments: String...) async throws -> String {
        let text = try await Shell.succeed(["git"] + arguments, directory: work, environment: Self.environment)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// The same with further variables, such as `GIT_COMMITTER_DATE`.
    @discardableResult
    public func git(_ arguments: [String], adding variables: [String: String]) async throws -> String {
        let environment = Self.environment.merging(variables) { $1 }
        let text = try await Shell.succeed(["git"] + arguments, directory: work, environment: environment)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// Writes files (nil removes one) and commits them, without pushing.
    ///
    /// - Returns: the commit's id.
    @discardableResult
    public func commit(_ files: [String: String?], message: String = "change") async throws -> String {
        for (path, text) in files {
            if let text {
                try Files.write(text, to: "\(work)/\(path)")
            } else {
                try Files.remove("\(work)/\(path)")
            }
        }
        try await git("add", "--all")
        try await git("commit", "-q", "--allow-empty", "-m", message)
        return try await git("rev-parse", "HEAD")
    }

    /// Commits and pushes.
    ///
    /// - Returns: the commit's id.
    @discardableResult
    public func push(_ files: [String: String?], message: String = "change") async throws -> String {
        let id = try await commit(files, message: message)
        try await git("push", "-q", "origin", "HEAD:main")
        return id
    }

    /// Replaces the last `count` commits by one with these files, and pushes it over what is there.
    @discardableResult
    public func forcePush(_ files: [String: String?], dropping count: Int = 1) async throws -> String {
        try await git("reset", "-q", "--hard", "HEAD~\(count)")
        let id = try await commit(files, message: "rewritten")
        try await git("push", "-q", "--force", "origin", "HEAD:main")
        return id
    }

    /// Reverts the last commit and pushes that.
    @discardableResult
    public func revert() async throws -> String {
        try await git("revert", "--no-edit", "HEAD")
        try await git("push", "-q", "origin", "HEAD:main")
        return try await git("rev-parse", "HEAD")
    }
}
