import Foundation
import TestSupport

@testable import StokerHost

/// The fetch child, started by hand: its stdin is ours to close.
final class ChildUnderTest {
    let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(_ source: GitSource, environment: [String: String]? = nil) async throws {
        try Files.makeDirectory((source.cache as NSString).deletingLastPathComponent)
        process.executableURL = URL(fileURLWithPath: source.executable)
        process.arguments = [FetchChild.argument]
        process.environment = environment
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let request = FetchRequest(source, access: try await source.access())
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(request) + Data("\n".utf8))
    }

    /// Reads stdout until it has a word, and answers with all of it.
    func output(until word: String) throws -> String {
        var seen = ""
        while !seen.contains(word) {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw TestFailure("the child ended early: \(seen)") }
            seen += String(decoding: data, as: UTF8.self)
        }
        return seen
    }

    /// What it sees when its parent dies.
    func closeInput() throws { try input.fileHandleForWriting.close() }

    func stop() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}
