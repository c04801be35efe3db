import Glibc
import StokerCore
import StokerHost
import TestSupport
import Testing

@Suite struct FileLockTests {
    private func holder(_ acquisition: FileLock.Acquisition) -> Int32? {
        switch acquisition {
        case .held: nil
        case .busy(let holder): holder ?? -1
        }
    }

    /// A test beside this one may be starting a program: until that one's exec it holds what we hold.
    private func isFree(_ acquire: () throws -> FileLock.Acquisition) async throws {
        try await eventually("a lock nobody holds") { try holder(acquire()) == nil }
    }

    @Test func aSecondHolderIsToldThePid() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/lock"
        var first: FileLock.Acquisition? = try FileLock.acquire(file: path)
        #expect(try holder(#require(first)) == nil)
        #expect(holder(try FileLock.acquire(file: path)) == getpid())
        let text = try RealDisk(roots: []).read(path, limit: 100)
        #expect(String(decoding: text, as: UTF8.self) == "\(getpid())\n")
        first = nil
        try await isFree { try FileLock.acquire(file: path) }
    }

    @Test func aFolderIsLockedWithoutWritingIntoIt() throws {
        let folder = try TemporaryFolder()
        let first = try FileLock.acquire(existing: folder.path)
        #expect(holder(try FileLock.acquire(existing: folder.path)) == getpid())
        #expect(try RealDisk(roots: []).list(folder.path, limit: 10) == [])
        withExtendedLifetime(first) {}
        #expect(throws: DiskError.self) { try FileLock.acquire(existing: folder.path + "/none") }
    }

    /// A child that is started while we hold the lock must not hold it after us.
    @Test func childrenDoNotInheritIt() async throws {
        let folder = try TemporaryFolder()
        var first: FileLock.Acquisition? = try FileLock.acquire(existing: folder.path)
        #expect(try holder(#require(first)) == nil)
        var (input, output): ([Int32], [Int32]) = ([0, 0], [0, 0])
        #expect(pipe(&input) == 0 && pipe(&output) == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        var pid: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("cat"), nil]
        defer { for argument in arguments { free(argument) } }
        #expect(posix_spawnp(&pid, "cat", &actions, nil, &arguments, nil) == 0)
        defer {
            for descriptor in input + output { close(descriptor) }
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        // An echo proves that the child's exec is over, which is when it lets go of what it must not inherit.
        var byte: UInt8 = 0x2e
        #expect(write(input[1], &byte, 1) == 1 && read(output[0], &byte, 1) == 1)
        first = nil
        try await isFree { try FileLock.acquire(existing: folder.path) }
    }
}
