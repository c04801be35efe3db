import Foundation
import StokerCore
import TestSupport

@testable import StokerHost

/// How a server is reached.
enum HostileTransport: String, CaseIterable, Sendable { case http, ssh }

/// A server that says a script, over http or ssh, and a source that is fetched from it with its costs measured.
struct HostileGround {
    let test: SourceFixture
    let transport: HostileTransport
    let url: String
    private let key: String?
    private let knownHosts: String?

    /// One step of a script; see Tests/hostile/git_server.py.
    enum Step {
        case file(String), endless(String), trickle(String), stall

        fileprivate var words: [String] {
            switch self {
            case .file(let name): ["file", name]
            case .endless(let name): ["endless", name]
            case .trickle(let name): ["trickle", name]
            case .stall: ["stall"]
            }
        }
    }

    /// What one fetch came to.
    struct Result {
        let outcome: FetchOutcome
        let elapsed: Duration
        /// Resident memory of the fetch child at its height, in MiB; nil where it was killed.
        let peakMemory: Int?
        /// Bytes of the cache and what lies beside it, afterwards.
        let disk: Int

        func failure() throws -> FetchFailure {
            guard case .failed(let failure) = outcome else { throw TestFailure("the fetch succeeded: \(outcome)") }
            return failure
        }
    }

    /// - Parameters:
    ///   - kinds: what Tests/hostile/packs.py shall make for the script.
    ///   - script: the steps of each part.
    static func with(
        _ transport: HostileTransport, _ kinds: [String], _ script: [String: [Step]],
        _ body: (HostileGround) async throws -> Void
    ) async throws {
        try await SourceFixture.with { test in
            let folder = test.directory("hostile")
            let scripts = "\(Programs.repository)/Tests/hostile"
            try Files.makeDirectory(folder)
            try await Shell.succeed(["cp", "\(scripts)/git_server.py", folder])
            try await Shell.succeed(["python3", "\(scripts)/packs.py"] + kinds, directory: folder)
            let text = try JSONSerialization.data(withJSONObject: script.mapValues { $0.map(\.words) })
            try Files.write(String(decoding: text, as: UTF8.self), to: "\(folder)/script.json")
            switch transport {
            case .http:
                let port = try FreePort.next()
                let server = try Child(
                    ["python3", "\(folder)/git_server.py", "\(port)"], output: test.directory("server.log"))
                defer { server.stop() }
                try await eventually("the server") {
                    Files.read(test.directory("server.log"))?.contains("ready") == true
                }
                try await body(
                    HostileGround(
                        test: test, transport: transport, url: "http://127.0.0.1:\(port)/x.git", key: nil,
                        knownHosts: nil))
            case .ssh:
                let server = try await SSHServer(
                    directory: test.directory("ssh"), command: "python3 \(folder)/git_server.py")
                defer { server.stop() }
                try await body(
                    HostileGround(
                        test: test, transport: transport, url: server.url("/x.git"), key: try await server.key(),
                        knownHosts: server.knownHosts))
            }
        }
    }

    /// Fetches once, in a child whose memory is measured.
    func fetch(timeout: Duration = .seconds(60), limits: SourceLimits = SourceLimits()) async throws -> Result {
        let program = test.directory("measured")
        let peak = test.directory("peak")
        try await Files.writeProgram(
            """
            #!/usr/bin/env python3
            import os, sys
            child = os.fork()
            if child == 0:
                os.execv("\(try Programs.stoker())", ["stoker"] + sys.argv[1:])
            _, status, usage = os.wait4(child, 0)
            open("\(peak)", "w").write(str(usage.ru_maxrss))
            sys.exit(os.waitstatus_to_exitcode(status) & 255)
            """, to: program)
        let plain = try test.source(
            url: url, timeout: timeout, ssh: SSHAccess(keyFile: key, knownHostsFile: knownHosts), limits: limits)
        let source = GitSource(
            plain.configuration, refs: plain.refs, storage: test.directory("storage"), executable: program)
        let start = ContinuousClock.now
        let outcome = await source.poll()
        return Result(
            outcome: outcome, elapsed: ContinuousClock.now - start,
            peakMemory: Files.read(peak).flatMap { Int($0) }.map { $0 >> 10 }, disk: try disk())
    }

    private func disk() throws -> Int {
        let storage = test.directory("storage")
        return try FileManager.default.subpathsOfDirectory(atPath: storage).reduce(0) { sum, name in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(storage)/\(name)")
            return sum + (attributes[.size] as? Int ?? 0)
        }
    }
}
