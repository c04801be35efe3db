// Tests of the Git boundary, against repositories that the real git makes. What git refuses to make (evil trees) is written object by object.

import Foundation
import Git
import TestSupport

/// A repository made by git in a directory of its own, and libgit2's view of it.
struct TestRepository {
    let directory: TemporaryDirectory
    let git: GitRepository

    static func with<Result>(_ body: (TestRepository) async throws -> Result) async throws -> Result {
        let directory = try TemporaryDirectory(prefix: "stoker-git")
        defer { directory.remove() }
        return try await body(TestRepository(directory: directory, git: try await GitRepository(in: directory.path)))
    }

    /// The bare repository, opened by libgit2.
    func open() throws -> Repository { try Repository.openBare(at: git.bare) }

    /// Writes a tree object of raw entries into the bare repository, without git's checks.
    func tree(_ entries: [(mode: String, name: [UInt8], id: ObjectID)]) async throws -> ObjectID {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += Array("\(entry.mode) ".utf8) + entry.name + [0]
            let digits = Array(entry.id.description)
            for index in stride(from: 0, to: 40, by: 2) {
                bytes.append(UInt8(String(digits[index...index + 1]), radix: 16) ?? 0)
            }
        }
        let file = directory("tree-\(UUID().uuidString)")
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return try id(await git.git("--git-dir=\(git.bare)", "hash-object", "-t", "tree", "--literally", "-w", file))
    }

    /// Writes a blob into the bare repository.
    func blob(_ text: String) async throws -> ObjectID {
        let file = directory("blob-\(UUID().uuidString)")
        try Files.write(text, to: file)
        return try id(await git.git("--git-dir=\(git.bare)", "hash-object", "-w", file))
    }

    func id(_ text: String) throws -> ObjectID {
        guard let id = ObjectID(text) else { throw TestFailure("\(text) is no object id") }
        return id
    }
}
