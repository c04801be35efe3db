import Glibc
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// What a container sees after the files on the host have changed.
@Suite("What a container does not see", .serialized) struct BlindnessTests {
    @Test func eachCauseIsNamedWithItsRemedy() async throws {
        try await ContainerReloadTests.Bench.run { bench in
            let conf = bench.directory("conf")
            try Files.write("one\n", to: "\(conf)/a.yml")
            try Files.write("one\n", to: "\(conf)/b.yml")
            try Files.write("one\n", to: bench.directory("other/a.yml"))
            let idle = ["/bin/sleep", "600"]
            try await bench.docker.run(.init("folder", idle, binds: ["\(conf):/conf"]))
            try await bench.docker.run(.init("file", idle, binds: ["\(conf)/a.yml:/conf/a.yml"]))
            try await bench.docker.run(.init("other", idle, binds: ["\(bench.directory("other")):/conf"]))
            try await bench.docker.run(.init("none", idle))
            let look = Look(bench: bench, conf: conf)
            for name in ["folder", "file", "other"] { #expect(try await look.cause(name, ["a.yml"]) == nil) }
            // As every deploy does it.
            try Files.write("two\n", to: "\(conf)/.new")
            #expect(rename("\(conf)/.new", "\(conf)/a.yml") == 0)
            #expect(try await look.cause("folder", ["a.yml", "b.yml"]) == nil)
            let file = try #require(try await look.cause("file", ["a.yml"]))
            #expect(file.contains("/conf/a.yml is bind-mounted by itself and its original was replaced"), "\(file)")
            #expect(file.contains("keep_inode") && file.contains("restart container file"), "\(file)")
            let other = try #require(try await look.cause("other", ["a.yml"]))
            #expect(other.contains("has \(bench.directory("other")) mounted at /conf, which is not where"), "\(other)")
            #expect(try await look.cause("none", ["a.yml"])?.contains("container none sees no /conf/a.yml") == true)
            // The folder itself is replaced.
            try Files.remove(conf)
            try Files.write("three\n", to: "\(conf)/a.yml")
            let stale = try #require(try await look.cause("folder", ["a.yml"]))
            #expect(stale.contains("that container folder has mounted at /conf was replaced"), "\(stale)")
            #expect(stale.contains("restart it"), "\(stale)")
        }
    }

    private struct Look {
        let bench: ContainerReloadTests.Bench
        let conf: String

        func cause(_ name: String, _ paths: [String]) async throws -> String? {
            let engine = ContainerEngine(socket: bench.docker.socket, http: bench.http)
            let found = try await engine.inspect(name)
            let pid = try #require(found.state.pid)
            #expect(ContainerProcess.belongs(pid, to: found.id))
            #expect(!ContainerProcess.belongs(getpid(), to: found.id))
            return Sight(pid: pid, container: found).blindness(
                ProcessView(deployTo: conf, seenAt: "/conf"),
                DeployPlace(layout: .inPlace, root: conf, configFile: "a.yml"), paths: paths)
        }
    }
}
