import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The rules by which the doctor says who may read a file, against the kernel's and on their own.
@Suite struct RightsTests {
    @Test func ownerGroupAndOthersExcludeEachOther() {
        let file = FileRights(owner: 10, group: 20, permissions: 0o047)
        #expect(!ProcessRights(user: 10, groups: [20]).may(.read, file))
        #expect(ProcessRights(user: 11, groups: [20]).may(.read, file))
        #expect(!ProcessRights(user: 11, groups: [20]).may(.enter, file))
        #expect(ProcessRights(user: 11, groups: [21]).may(.enter, file))
        #expect(ProcessRights(user: 10, groups: [], overrides: true).may(.read, file))
    }

    @Test func aCapabilityCountsForIdsOfItsNamespaceOnly() {
        let file = FileRights(owner: 0, group: 0, permissions: 0o600)
        var rights = ProcessRights(user: 100_000, groups: [100_000], overrides: true)
        rights.users = ProcessRights.ranges("         0     100000      65536\n") ?? []
        rights.groupRanges = rights.users
        #expect(!rights.may(.read, file))
        #expect(rights.note.contains("rootless"))
        #expect(rights.may(.read, FileRights(owner: 100_999, group: 100_000, permissions: 0)))
        #expect(!rights.may(.read, FileRights(owner: 165_536, group: 100_000, permissions: 0)))
    }

    @Test func anACLIsReadAsTheKernelReadsIt() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = directory("file")
        try Files.write("text\n", to: path)
        try #require(chmod(directory.path, 0o755) == 0)
        let lists = [
            "u::rw,g::-,o::-", "u::rw,g::r,o::-", "u::rw,u:4001:r,g::-,m::r,o::-", "u::rw,u:4001:r,g::-,m::-,o::r",
            "u::rw,u:4001:-,g::r,m::r,o::r", "u::rw,g::-,g:4002:r,m::r,o::-", "u::rw,g::-,g:4002:-,m::r,o::r",
        ]
        for list in lists {
            try await Shell.succeed(["setfacl", "--set", list, path])
            let file = try #require(FileRights(of: path))
            for (user, group) in [(4001, 4001), (4003, 4002), (4003, 4003)] as [(UInt32, UInt32)] {
                let real = try await Shell.run([
                    "setpriv", "--reuid", "\(user)", "--regid", "\(group)", "--clear-groups", "cat", path,
                ])
                let said = ProcessRights(user: user, groups: [group]).may(.read, file)
                #expect(said == (real.code == 0), "\(list) for \(user):\(group)")
            }
        }
    }

    @Test func theRightsOfAProcessAreItsOwn() async throws {
        let child = try Child(
            ["setpriv", "--reuid", "4001", "--regid", "4002", "--groups", "4003", "sleep", "60"], output: "/dev/null")
        defer { child.stop(patience: .zero) }
        try await eventually("the change of user") { ProcessRights(of: child.pid)?.user == 4001 }
        let rights = try #require(ProcessRights(of: child.pid))
        #expect(rights.user == 4001)
        #expect(rights.groups == [4002, 4003])
        #expect(!rights.overrides)
        #expect(rights.note == "")
        #expect(ProcessRights(of: getpid())?.overrides == (geteuid() == 0))
        #expect(ProcessRights(of: 4_194_305) == nil)
    }

    @Test func labelsOfContainers() throws {
        let confined = try #require(SecurityLabel(text: "system_u:system_r:container_t:s0:c12,c40\0"))
        func problem(_ file: String, _ process: SecurityLabel?) -> String? {
            SecurityLabel(text: file)?.problem(for: process, at: "/etc/prometheus")
        }
        #expect(problem("system_u:object_r:user_home_t:s0", confined)?.contains(":z to its mount") == true)
        #expect(problem("system_u:object_r:container_file_t:s0", confined) == nil)
        #expect(problem("system_u:object_r:container_file_t:s0:c12,c40", confined) == nil)
        #expect(problem("system_u:object_r:container_file_t:s0:c12,c41", confined)?.contains(":z instead") == true)
        let wide = SecurityLabel(text: "system_u:system_r:container_t:s0-s0:c0.c1023")
        #expect(problem("system_u:object_r:container_file_t:s0:c12,c41", wide) == nil)
        #expect(problem("system_u:object_r:user_home_t:s0", SecurityLabel(text: "u:r:prometheus_t:s0")) == nil)
        #expect(SecurityLabel(text: "unconfined") == nil)
    }
}
