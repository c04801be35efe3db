import Foundation
import Git
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The connection alone, with a script in the place of ssh. It blocks its thread, of which the others need some.
@Suite(.serialized) struct SSHConnectionTests {
    private func with(
        _ script: String, idle: Duration = .seconds(20), references: Int = 1000, receivedBytes: Int = 1 << 20,
        _ body: (SSHConnection) throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try await Files.writeProgram("#!/bin/bash\n\(script)\n", to: directory("ssh"))
        let configuration = SourceConfiguration(
            url: "git@host:x", ref: .branch("main"), timeout: .seconds(60), http: HTTPAccess(), onRewrite: .hold,
            limits: SourceLimits(
                connectTimeout: .seconds(1), idleTimeout: idle, receivedBytes: receivedBytes, references: references))
        let access = try SSHSourceAccess(configuration)
        var command = SSHCommand(access)
        command.environment["PATH"] = "\(directory.path):/usr/bin:/bin"
        let connection = SSHConnection(access, command: command)
        try connection.begin(.advertisement)
        defer { connection.end() }
        try body(connection)
    }

    private func read(_ connection: SSHConnection, _ count: Int) throws -> Int {
        var buffer = [UInt8](repeating: 0, count: count)
        return try buffer.withUnsafeMutableBytes { try connection.read(into: $0) }
    }

    private func readOpening(_ connection: SSHConnection) throws {
        let count = try read(connection, 4)
        #expect(count == 4)
    }

    private func failure(_ body: () throws -> Void) -> FetchFailure? {
        #expect(throws: FetchFailure.self) { try body() }
    }

    @Test func handsOutWhatComesInAnyPieces() async throws {
        try await with("printf 0; sleep 0.05; printf 00; sleep 0.05; printf 8abcdef; cat > /dev/null") { connection in
            var got: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 3)
            while got.count < 10 {
                let count = try buffer.withUnsafeMutableBytes { try connection.read(into: $0) }
                got += buffer[..<count]
            }
            #expect(String(decoding: got, as: UTF8.self) == "0008abcdef")
        }
    }

    @Test func whatIsSaidBesidesDoesNotStopIt() async throws {
        // More than a pipe holds, before each word.
        try await with(
            "head -c 3000000 /dev/zero >&2; printf 0000; head -c 3000000 /dev/zero >&2; printf 0000; cat > /dev/null"
        ) {
            connection in
            try readOpening(connection)
            try readOpening(connection)
        }
    }

    @Test func aPeerThatSpeaksBeforeItListensIsListenedTo() async throws {
        try await with(
            "printf 0000; head -c 900000 /dev/zero; head -c 500000 > /dev/null; printf done; cat > /dev/null"
        ) {
            connection in
            try readOpening(connection)
            let bytes = [UInt8](repeating: 1, count: 500_000)
            try bytes.withUnsafeBytes { try connection.write($0) }
            var total = 0
            while total < 900_004 { total += try read(connection, 65_536) }
            #expect(total == 900_004)
        }
    }

    @Test func aPeerThatNeverListensIsGivenUp() async throws {
        try await with("printf 0000; sleep 30", idle: .milliseconds(300)) { connection in
            try readOpening(connection)
            let bytes = [UInt8](repeating: 1, count: 500_000)
            let failure = failure { try bytes.withUnsafeBytes { try connection.write($0) } }
            #expect(
                failure?.message == "the git server at git@host:x was silent for 300ms (source.limits.idle_timeout)")
            #expect(connection.failure == failure)
        }
    }

    @Test func endlessReferencesAreGivenUp() async throws {
        try await with("printf 0000; yes | tr -d '\\n'", references: 5000) { connection in
            let failure = failure { while true { _ = try read(connection, 65_536) } }
            #expect(failure?.kind == .tooLarge)
            #expect(failure?.message.contains("5000 references can be (source.limits.max_references)") == true)
        }
    }

    @Test func anEndlessAnswerIsGivenUp() async throws {
        try await with("printf 0000; yes | tr -d '\\n'", receivedBytes: 2_000_000) { connection in
            try readOpening(connection)
            try Array("0000".utf8).withUnsafeBytes { try connection.write($0) }
            let failure = failure { while true { _ = try read(connection, 65_536) } }
            #expect(failure?.kind == .tooLarge)
            #expect(failure?.message.contains("more than 2000000 bytes (source.limits.max_received)") == true)
        }
    }

    @Test func theEndInTheMiddleHasAReason() async throws {
        try await with("printf 0000; echo Connection reset by 127.0.0.1 port 22 >&2; exit 255") { connection in
            _ = try read(connection, 4)
            let failure = failure { _ = try read(connection, 4) }
            #expect(failure?.kind == .unreachable)
            #expect(failure?.message.hasSuffix("could not be reached: Connection reset by 127.0.0.1 port 22") == true)
        }
    }

    @Test func aProgramThatIgnoresEverythingIsKilled() async throws {
        try await with("trap '' TERM HUP INT; echo $$ >&2; printf 0000; while true; do sleep 1; done") { connection in
            _ = try read(connection, 4)
            let start = ContinuousClock.now
            connection.end()
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }

    @Test func nothingLeaksOverManyConversations() async throws {
        func descriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        // Other tests open files meanwhile: a leak of three each time would show all the same.
        let before = try descriptors()
        for _ in 0..<100 {
            try await with("printf 0000") { connection in
                _ = try read(connection, 4)
                _ = failure { _ = try read(connection, 4) }
            }
        }
        #expect(try descriptors() - before < 250)
    }
}
