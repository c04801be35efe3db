import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// A journal on a file system without a free byte.
@Suite("The reserve")
struct ReserveTests {
    /// Runs on a small file system of its own as storage directory.
    private func with(_ body: (JournalFixture) throws -> Void) async throws {
        let directory = try TemporaryDirectory(prefix: "stoker-reserve")
        defer { directory.remove() }
        let fixture = JournalFixture(directory: directory)
        try Files.makeDirectory(fixture.storage)
        try await Shell.succeed(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", fixture.storage])
        // MNT_DETACH, which Swift does not import as a number.
        defer { umount2(fixture.storage, 2) }
        try body(fixture)
    }

    private func fill(_ fixture: JournalFixture) throws {
        let descriptor = open("\(fixture.storage)/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        for size in [65_536, 4_096, 1] {
            let block = [UInt8](repeating: 0x20, count: size)
            while write(descriptor, block, size) > 0 {}
        }
    }

    @Test("a journal that was closed well opens on a full disk, and can be written")
    func opens() async throws {
        try await with { fixture in
            let first = try Journal(storage: fixture.storage)
            try JournalFixture.intend(3, in: first)
            first.close()
            #expect(!Files.exists(fixture.log))
            let reserve = Reserve(storage: fixture.storage)
            #expect(reserve.isWhole)
            #expect(try Files.identity(reserve.path).mode == 0o600)
            try fill(fixture)

            let second = try Journal(storage: fixture.storage)
            #expect(!reserve.isWhole)
            #expect(try second.intents(of: JournalFixture.name).count == 3)
            try second.settle([1, 2], inventories: [:], in: JournalFixture.name)
            try fill(fixture)
            second.close()
            // Closed on a full disk without the reserve: what the next start needs was left where it is.
            #expect(Files.exists(fixture.log))
            let third = try Journal(storage: fixture.storage)
            #expect(try third.intents(of: JournalFixture.name).map(\.id) == [3])

            try Files.removeWithSpace("\(fixture.storage)/filler")
            #expect(!reserve.isWhole)
            try third.settle([3], inventories: [:], in: JournalFixture.name)
            #expect(reserve.isWhole, "it is put by again as soon as there is space")
            third.close()
            #expect(!Files.exists(fixture.log))
        }
    }

    @Test("without a reserve the message names the cause, and nothing is changed")
    func withoutReserve() async throws {
        try await with { fixture in
            try fixture.fill()
            try Files.remove(Reserve(storage: fixture.storage).path)
            try fill(fixture)
            let before = try fixture.bytes()
            let problem = #expect(throws: Journal.Problem.self) { try Journal(storage: fixture.storage) }
            #expect(problem?.message.contains("free space") == true, "\(problem?.message ?? "")")
            #expect(try fixture.bytes() == before)
            try Files.removeWithSpace("\(fixture.storage)/filler")
            #expect(try fixture.intents() == 300)
        }
    }

    @Test("where there is space the reserve is not touched")
    func notTouched() throws {
        try JournalFixture.with { fixture in
            try fixture.fill()
            let reserve = Reserve(storage: fixture.storage)
            #expect(!reserve.release())
            #expect(reserve.isWhole)
            // Damage is not answered by giving space away.
            try fixture.change(fixture.path) { $0 = $0.prefix(5000) }
            #expect(throws: Journal.Problem.self) { try Journal(storage: fixture.storage) }
            #expect(reserve.isWhole)
        }
    }

    @Test("it belongs to whom the journal belongs, whoever made it")
    func owner() throws {
        try JournalFixture.with { fixture in
            try fixture.fill()
            let reserve = Reserve(storage: fixture.storage)
            try Files.remove(reserve.path)
            #expect(chown(fixture.path, 65_534, 65_534) == 0)
            #expect(chmod(fixture.path, 0o640) == 0)
            try Journal(storage: fixture.storage).close()
            let found = try Files.identity(reserve.path)
            #expect(found.owner == 65_534)
            #expect(found.group == 65_534)
            #expect(found.mode == 0o640)
        }
    }
}
