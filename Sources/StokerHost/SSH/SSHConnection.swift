import Git
import StokerCore

/// The conversation with `git-upload-pack` at the other end of an `ssh` program, for libgit2 in the fetch child.
///
/// One process, one conversation: references first, then what is wanted and the pack. Each silence and each of the two
/// parts is bounded. What went wrong is kept in `failure`.
final class SSHConnection: SourceConnection {
    let isStateless = false
    /// Why it failed, where it did.
    private(set) var failure: FetchFailure?

    private let access: SSHSourceAccess
    private let command: SSHCommand
    private let complaint: SSHComplaint
    private var process: SSHProcess?
    /// Bytes that were looked at and not yet handed out.
    private var held: ArraySlice<UInt8> = []
    private var isGreeted = false
    /// Whether we have said what we want: then the references are over.
    private var hasAsked = false
    private var received = 0

    /// - Parameter command: what is run, where it is not what follows from the access.
    init(_ access: SSHSourceAccess, command: SSHCommand? = nil) {
        self.access = access
        self.command = command ?? SSHCommand(access)
        complaint = SSHComplaint(access: access)
    }

    func begin(_ exchange: GitExchange) throws {
        guard process == nil else { return }
        do throws(FetchFailure) { process = try SSHProcess(command) } catch { throw failed(error) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if !isGreeted { try greet() }
        if !held.isEmpty {
            let count = min(buffer.count, held.count)
            buffer.copyBytes(from: held.prefix(count))
            held = held.dropFirst(count)
            return count
        }
        return try receive(into: buffer, within: access.idleTimeout)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard let process else { throw failed(FetchFailure(.local, "ssh was not started")) }
        if !hasAsked {
            hasAsked = true
            received = 0
        }
        switch process.write(bytes, within: access.idleTimeout) {
        case .bytes: return
        case .closed: throw failed(brokenOff(process))
        case .silence: throw failed(complaint.silence(access.idleTimeout, isGreeted: true))
        }
    }

    func end() {
        process?.stop()
        process = nil
    }

    /// The first four bytes are the length of a line, in hexadecimal digits. What a login shell prints comes before them, and
    /// nobody could tell from libgit2's words.
    private func greet() throws {
        var opening: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while opening.count < 4 {
            let count = try buffer.withUnsafeMutableBytes {
                // From the connection over the proof of who we are to the first word.
                try receive(into: $0, within: access.connectTimeout + access.idleTimeout)
            }
            opening += buffer[..<count]
        }
        guard opening.prefix(4).allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }) else {
            throw failed(complaint.noise(opening))
        }
        isGreeted = true
        held = opening[...]
    }

    private func receive(into buffer: UnsafeMutableRawBufferPointer, within limit: Duration) throws -> Int {
        guard let process else { throw failed(FetchFailure(.local, "ssh was not started")) }
        switch process.read(into: buffer, within: limit) {
        case .bytes(let count):
            received += count
            try checkBounds()
            return count
        case .closed: throw failed(brokenOff(process))
        case .silence: throw failed(complaint.silence(limit, isGreeted: isGreeted))
        }
    }

    private func checkBounds() throws {
        if !hasAsked, received > access.advertisementBytes {
            throw failed(complaint.tooManyReferences(access.references))
        }
        // Packets around the pack, and the server's own progress reports.
        if hasAsked, received / 17 * 16 > max(access.receivedBytes, 1 << 20) {
            throw failed(complaint.tooManyBytes(access.receivedBytes))
        }
    }

    /// The other end is gone in the middle: what ssh says about it, once it has had the time to.
    private func brokenOff(_ process: SSHProcess) -> FetchFailure {
        let code = process.end(within: .seconds(2))
        return complaint.failure(said: process.said, code: code, isGreeted: isGreeted)
    }

    private func failed(_ failure: FetchFailure) -> FetchFailure {
        self.failure = self.failure ?? failure
        return failure
    }
}
