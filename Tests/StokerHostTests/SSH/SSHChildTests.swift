import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// A fetch child that somebody ends while its ssh runs.
@Suite("SSH and the end of its parent") struct SSHChildTests {
    @Test("SIGTERM to the child alone: ssh goes with it, and the message says who did not do it")
    func terminated() async throws {
        try await SourceFixture.with { test in
            try Files.write("", to: test.directory("stay"))
            // Closed pipes alone do not end it: the server goes on until the test is over.
            let server = try await SSHServer(
                directory: test.directory("ssh"), command: "while [ -e \(test.directory("stay")) ]; do sleep 0.1; done")
            defer { server.stop() }
            let key = try await server.key()
            let source = try test.source(
                url: server.url(test.git.bare), ssh: SSHAccess(keyFile: key, knownHostsFile: server.knownHosts))
            async let outcome = source.poll()
            try await eventually("the login") { server.log.contains("Starting session") }
            let ssh = try #require(try Self.processes(with: key).first)
            let child = try #require(Self.parent(of: ssh))
            #expect(Files.read("/proc/\(child)/cmdline")?.contains(FetchChild.argument) == true)
            kill(child, SIGTERM)
            guard case .failed(let failure) = await outcome else { throw TestFailure("the fetch succeeded") }
            #expect(failure.kind == .local)
            #expect(
                failure.message
                    == "the fetch child for \(server.url(test.git.bare)) was told to end by somebody else (signal 15): nothing was fetched; the next poll tries again"
            )
            try await eventually("the end of ssh", within: .seconds(10)) { try Self.processes(with: key).isEmpty }
            try Files.remove(test.directory("stay"))
        }
    }

    /// The processes with a text in their arguments.
    private static func processes(with text: String) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { pid in
            FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")?.firstRange(of: Array(text.utf8)) != nil
        }
    }

    private static func parent(of pid: Int32) -> Int32? {
        let line = (Files.read("/proc/\(pid)/status") ?? "").split(separator: "\n").first { $0.hasPrefix("PPid:") }
        return line.flatMap { Int32($0.dropFirst("PPid:".count).trimmingCharacters(in: .whitespaces)) }
    }
}
