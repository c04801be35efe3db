import CPlatform
import Glibc
import StokerCore
import StokerSimulation
import Testing

@testable import StokerHost

/// The real disk alone: what the simulation cannot say.
@Suite struct RealDiskTests {
    private func write(_ text: String, _ path: String, _ disk: RealDisk, permissions: UInt16 = 0o644) throws {
        let handle = try disk.create(path, permissions: 0o600)
        defer { disk.close(handle) }
        if !text.isEmpty { #expect(try disk.write(handle, Array(text.utf8)[...]) == text.utf8.count) }
        try disk.setPermissions(handle, permissions)
        try disk.sync(handle)
    }

    @Test func blobIDsAreGitsOwn() throws {
        let folder = try TemporaryFolder()
        let disk = RealDisk(roots: [])
        try write("", folder.path + "/empty", disk)
        #expect(try disk.blobID(folder.path + "/empty").rawValue == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
        let large = String(repeating: "0123456789", count: 100_000)
        let handle = try disk.create(folder.path + "/large", permissions: 0o600)
        var rest = Array(large.utf8)[...]
        while !rest.isEmpty { rest = rest.dropFirst(try disk.write(handle, rest)) }
        disk.close(handle)
        #expect(
            try disk.blobID(folder.path + "/large").rawValue == SimulatedDigest.gitBlobID(of: Array(large.utf8)))
        #expect(try disk.read(folder.path + "/large", limit: 1_000_000) == Array(large.utf8))
        #expect(throws: DiskError.self) { try disk.read(folder.path + "/large", limit: 999_999) }
    }

    @Test func nothingIsWrittenThroughALinkBelowARoot() throws {
        let folder = try TemporaryFolder()
        let disk = RealDisk(roots: [folder.path + "/root"])
        try disk.makeDirectory(folder.path + "/root", permissions: 0o755)
        try disk.makeDirectory(folder.path + "/outside", permissions: 0o755)
        try write("outside\n", folder.path + "/outside/file", disk)
        try disk.symlink("../outside", at: folder.path + "/root/link")
        let through = folder.path + "/root/link/file"
        #expect(throws: DiskError.self) { try disk.openExisting(through) }
        #expect(throws: DiskError.self) { try disk.create(through + "2", permissions: 0o600) }
        #expect(throws: DiskError.self) { try disk.unlink(through) }
        #expect(throws: DiskError.self) { try disk.rename(through, to: folder.path + "/root/moved") }
        #expect(throws: DiskError.self) { try disk.link(through, to: folder.path + "/root/moved") }
        #expect(throws: DiskError.self) { try disk.makeDirectory(folder.path + "/root/link/new", permissions: 0o755) }
        #expect(try disk.list(folder.path + "/outside", limit: 9) == ["file"])
        #expect(try disk.list(folder.path + "/root", limit: 9) == ["link"])
        // Looking may pass through a link: `linked` looks at its release by way of the root.
        #expect(try disk.status(through)?.kind == .regular)
    }

    @Test func specialFilesNeverBlock() throws {
        let folder = try TemporaryFolder()
        let disk = RealDisk(roots: [])
        #expect(mkfifo(folder.path + "/fifo", 0o600) == 0)
        #expect(try disk.status(folder.path + "/fifo")?.kind == .other)
        #expect(throws: DiskError.self) { try disk.read(folder.path + "/fifo", limit: 10) }
        #expect(throws: DiskError.self) { try disk.blobID(folder.path + "/fifo") }
        #expect(throws: DiskError.self) { try disk.openExisting(folder.path + "/fifo") }
    }

    @Test func descriptorsAreNotLost() throws {
        let folder = try TemporaryFolder()
        let disk = RealDisk(roots: [folder.path])
        try disk.makeDirectory(folder.path + "/a", permissions: 0o755)
        try write("text", folder.path + "/a/file", disk)
        func step() {
            do {
                _ = try disk.blobID(folder.path + "/a/file")
                try disk.syncDirectory(folder.path + "/a")
                try disk.rename(folder.path + "/a/none", to: folder.path + "/a/x")
            } catch { #expect(error.code == .notFound) }
            do { _ = try disk.create(folder.path + "/a/file", permissions: 0o600) } catch {
                #expect(error.code == .exists)
            }
        }
        // Other tests open descriptors meanwhile: a leak would be hundreds.
        let before = try disk.list("/proc/self/fd", limit: 10000).count
        for _ in 0..<300 { step() }
        #expect(try disk.list("/proc/self/fd", limit: 10000).count < before + 200)
    }

    @Test func accessIsKept() throws {
        try #require(geteuid() == 0, "this test gives files away: run it as root")
        let folder = try TemporaryFolder()
        let disk = RealDisk(roots: [folder.path])
        try write("model", folder.path + "/model", disk, permissions: 0o640)
        #expect(chown(folder.path + "/model", 1234, 2345) == 0)
        let handle = try disk.create(folder.path + "/copy", permissions: 0o600)
        try disk.copyAccess(from: folder.path + "/model", to: handle)
        disk.close(handle)
        let copy = try #require(try disk.status(folder.path + "/copy"))
        #expect(copy.owner == 1234 && copy.group == 2345 && copy.permissions == 0o640)
        #expect(chown(folder.path, 1234, 2345) == 0)
        let mask = umask(0o077)
        defer { umask(mask) }
        try disk.makeDirectory(folder.path + "/sub", permissions: 0o750)
        let sub = try #require(try disk.status(folder.path + "/sub"))
        #expect(sub.owner == 1234 && sub.group == 2345 && sub.permissions == 0o750)
    }

    @Test func listsOfAccessAreKept() throws {
        let folder = try TemporaryFolder()
        let disk = RealDisk(roots: [])
        try write("model", folder.path + "/model", disk, permissions: 0o640)
        // Version 2; owner rw-, user 1234 r--, group r--, mask r--, others ---: as acl(5) and the kernel lay it out.
        let entries: [(tag: UInt16, bits: UInt16, id: UInt32)] = [
            (1, 6, .max), (2, 4, 1234), (4, 4, .max), (16, 4, .max), (32, 0, .max),
        ]
        var list: [UInt8] = [2, 0, 0, 0]
        for entry in entries {
            list += [UInt8(entry.tag), 0, UInt8(entry.bits), 0]
            list += (0..<4).map { UInt8(truncatingIfNeeded: entry.id >> (8 * $0)) }
        }
        let name = "system.posix_acl_access"
        guard stoker_set_attribute(folder.path + "/model", name, list, list.count) == 0 else {
            #expect(errno == ENOTSUP)
            print("access lists: skipped, the file system of /tmp has none")
            return
        }
        let handle = try disk.create(folder.path + "/copy", permissions: 0o600)
        try disk.copyAccess(from: folder.path + "/model", to: handle)
        disk.close(handle)
        var found = [UInt8](repeating: 0, count: 256)
        let count = stoker_get_attribute(folder.path + "/copy", name, &found, found.count)
        #expect(Array(found.prefix(max(0, count))) == list)
        #expect(try disk.status(folder.path + "/copy")?.permissions == 0o640)
    }
}
