import CPlatform
import Glibc
import StokerCore

/// The running `ssh` program with pipes at its three streams, for the one thread of the fetch child. Every wait has a limit;
/// what it says on its error stream is read along with everything else, so that it never stands still for that.
final class SSHProcess {
    /// What a wait came to.
    enum Arrival: Hashable {
        /// That many bytes.
        case bytes(Int)
        /// The stream is closed: none will come, or none is taken any more.
        case closed
        /// Nothing moved within the limit.
        case silence
    }

    /// The end of what it said that is kept.
    private static let complaintLimit = 16 << 10
    /// Output that is read ahead while it is written to: a peer that must be listened to before it listens.
    private static let aheadLimit = 1 << 20

    private let process: pid_t
    private var input: Int32
    private var output: Int32
    private var errors: Int32
    private var ahead: [UInt8] = []
    private var complaint: [UInt8] = []
    private var status: Int32?

    /// Starts it; a program that cannot be started is said to be so.
    init(_ command: SSHCommand) throws(FetchFailure) {
        guard let path = ChildEnvironment.find(SSHCommand.program, path: command.environment["PATH"] ?? "") else {
            throw FetchFailure(.local, SSHCommand.missing)
        }
        let pipes = try Self.makePipes()
        defer { for descriptor in pipes.theirs { Glibc.close(descriptor) } }
        (input, output, errors) = (pipes.ours[0], pipes.ours[1], pipes.ours[2])
        var started: pid_t = 0
        let code = CStrings.with([SSHCommand.program] + command.arguments) { arguments in
            CStrings.with(command.environment.map { "\($0.key)=\($0.value)" }) { environment in
                platform_child_start(
                    path, arguments, environment, pipes.theirs[0], pipes.theirs[1], pipes.theirs[2], &started)
            }
        }
        process = started
        guard code == 0 else {
            for descriptor in pipes.ours { Glibc.close(descriptor) }
            (input, output, errors, status) = (-1, -1, -1, 0)
            throw Self.failure(code)
        }
    }

    /// Three pipes, in the order of the standard streams. Our ends never make us wait.
    private static func makePipes() throws(FetchFailure) -> (ours: [Int32], theirs: [Int32]) {
        var (ours, theirs): ([Int32], [Int32]) = ([], [])
        for number in 0..<3 {
            var (reading, writing): (Int32, Int32) = (-1, -1)
            let code = platform_pipe(&reading, &writing)
            guard code == 0 else {
                for descriptor in ours + theirs { Glibc.close(descriptor) }
                throw failure(code)
            }
            ours.append(number == 0 ? writing : reading)
            theirs.append(number == 0 ? reading : writing)
            _ = platform_set_nonblocking(ours[number])
        }
        return (ours, theirs)
    }

    private static func failure(_ code: Int32) -> FetchFailure {
        FetchFailure(.local, "could not start ssh: \(String(cString: strerror(code)))")
    }

    /// What it said on its error stream: the last of it.
    var said: String { String(decoding: complaint.suffix(Self.complaintLimit), as: UTF8.self) }

    /// Waits for output.
    func read(into buffer: UnsafeMutableRawBufferPointer, within limit: Duration) -> Arrival {
        if !ahead.isEmpty {
            let count = min(buffer.count, ahead.count)
            buffer.copyBytes(from: ahead.prefix(count))
            ahead.removeFirst(count)
            return .bytes(count)
        }
        let deadline = ContinuousClock.now + limit
        while output >= 0 {
            switch Self.receive(output, buffer) {
            case .bytes(let count): return .bytes(count)
            case .closed: return .closed
            case .silence: guard wait(for: [(output, POLLIN)], until: deadline) else { return .silence }
            }
        }
        return .closed
    }

    /// Hands all bytes to it; the limit counts from the last one that was taken.
    func write(_ bytes: UnsafeRawBufferPointer, within limit: Duration) -> Arrival {
        var rest = bytes[...]
        var deadline = ContinuousClock.now + limit
        while !rest.isEmpty {
            guard input >= 0 else { return .closed }
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(input, part.baseAddress, part.count)
            if count > 0 {
                rest = rest.dropFirst(count)
                deadline = ContinuousClock.now + limit
                continue
            }
            guard count < 0, errno == EAGAIN || errno == EINTR else { return .closed }
            let mayReadAhead = output >= 0 && ahead.count < Self.aheadLimit
            guard wait(for: [(input, POLLOUT)] + (mayReadAhead ? [(output, POLLIN)] : []), until: deadline) else {
                return .silence
            }
            if mayReadAhead { readAhead() }
        }
        return .bytes(bytes.count)
    }

    private func readAhead() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let arrival = buffer.withUnsafeMutableBytes { Self.receive(output, $0) }
        if case .bytes(let count) = arrival { ahead += buffer[..<count] }
        if case .closed = arrival { Self.close(&output) }
    }

    /// Waits for its end, at most that long, reading what it still says: its exit code, or nil where it goes on or was killed.
    func end(within limit: Duration) -> Int32? {
        Self.close(&input)
        let deadline = ContinuousClock.now + limit
        while !isReaped, ContinuousClock.now < deadline {
            _ = wait(for: [], until: min(deadline, ContinuousClock.now + .milliseconds(10)))
        }
        // Its last words may still lie in the pipe, and somebody else may go on talking into it.
        for _ in 0..<64 where errors >= 0 { guard listen() else { break } }
        guard let status, status & 0x7f == 0 else { return nil }
        return status >> 8 & 0xff
    }

    /// Ends it, with a moment to end by itself, and takes its number off the list.
    func stop() {
        Self.close(&output)
        if end(within: .milliseconds(300)) == nil, !isReaped {
            kill(process, SIGTERM)
            _ = end(within: .milliseconds(500))
            if !isReaped {
                kill(process, SIGKILL)
                var ending: Int32 = 0
                while waitpid(process, &ending, 0) < 0, errno == EINTR {}
                status = ending
            }
        }
        Self.close(&errors)
    }

    private var isReaped: Bool {
        if status != nil { return true }
        var ending: Int32 = 0
        if waitpid(process, &ending, WNOHANG) == process { status = ending }
        return status != nil
    }

    /// Whether something can be done with one of the descriptors before the deadline.
    private func wait(for wanted: [(Int32, Int32)], until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return false }
            var list = wanted.map { pollfd(fd: $0.0, events: Int16($0.1), revents: 0) }
            list.append(pollfd(fd: errors, events: Int16(POLLIN), revents: 0))
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            let count = poll(&list, nfds_t(list.count), Int32(clamping: milliseconds + 1))
            guard count > 0 || errno == EINTR || count == 0 else { return false }
            if list[list.count - 1].revents != 0 { listen() }
            if list.dropLast().contains(where: { $0.revents != 0 }) { return true }
        }
    }

    /// Whether there was something to hear.
    @discardableResult
    private func listen() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        switch buffer.withUnsafeMutableBytes({ Self.receive(errors, $0) }) {
        case .bytes(let count):
            complaint += buffer[..<count]
            if complaint.count > 2 * Self.complaintLimit {
                complaint.removeFirst(complaint.count - Self.complaintLimit)
            }
            return true
        case .closed:
            Self.close(&errors)
            return false
        case .silence: return false
        }
    }

    private static func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Arrival {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 { return .bytes(count) }
            if count < 0, errno == EINTR { continue }
            return count < 0 && errno == EAGAIN ? .silence : .closed
        }
    }

    private static func close(_ descriptor: inout Int32) {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
