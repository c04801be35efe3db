import Glibc
import StokerCore
import Testing

@testable import StokerHost

@Suite struct MountTableTests {
    private let table = MountTable(
        text: Array(
            """
            1 0 8:1 / / rw - ext4 /dev/a rw
            2 1 8:1 /srv/conf//deleted /etc/prometheus rw - ext4 /dev/a rw
            3 2 8:1 /srv/a.yml /etc/prometheus/a.yml rw - ext4 /dev/a rw
            4 1 8:1 /with\\040blank\\134 /m\\040n rw - ext4 /dev/a rw
            short line
            """.utf8))

    @Test func theLongestMountPointHoldsAPath() {
        #expect(table.mount(of: "/etc/prometheus/a.yml")?.root == "/srv/a.yml")
        #expect(table.mount(of: "/etc/prometheus/b.yml")?.isDeleted == true)
        #expect(table.mount(of: "/etc/prometheus2")?.point == "/")
        #expect(table.mount(at: "/etc/prometheus/b.yml") == nil)
    }

    @Test func blanksAreReadBack() {
        #expect(table.mount(at: "/m n")?.root == "/with blank\\")
    }

    @Test func seenAtIsTheInnermostMountThatHoldsTheFolder() {
        let mounts = [
            ContainerInspection.Mount(source: "/srv", destination: "/host"),
            ContainerInspection.Mount(source: "/srv/mon", destination: "/etc/mon/"),
            ContainerInspection.Mount(source: "", destination: "/tmp"),
        ]
        #expect(Sight.seen("/srv/mon/prom", by: mounts, main: "") == "/etc/mon/prom")
        #expect(Sight.seen("/srv/mon", by: mounts, main: "") == "/etc/mon")
        #expect(Sight.seen("/srv/other", by: mounts, main: "") == "/host/other")
        #expect(Sight.seen("/srvx", by: mounts, main: "") == nil)
        // The flags tell through which of two mounts the process reads.
        #expect(Sight.seen("/srv/mon", by: mounts, main: "/host/mon/p.yml") == "/host/mon")
        #expect(Sight.seen("/a/b", by: [.init(source: "/", destination: "/rootfs")], main: "") == "/rootfs/a/b")
    }

    @Test func aProcessIsKnownByItsStart() throws {
        let own = getpid()
        #expect(ProcessStart.belongs(0, to: own) == false)
        #expect(ProcessStart.belongs(0, to: 4_194_305) == nil)
    }
}
