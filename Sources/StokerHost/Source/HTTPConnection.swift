import Git
import HTTP
import StokerCore

/// The smart protocol of git over http: one request for the references, and one for each step towards a pack.
///
/// The first request may be redirected, the others go to where it led. All share their connections. An answer is
/// checked before libgit2 sees a byte of it, as its own words for a login page are of no use to anybody.
final class HTTPConnection: SourceConnection {
    /// What is being done.
    private enum State {
        case idle
        /// The request is put together; what it is made of.
        case composing([UInt8])
        /// An answer is read; what was looked at of it and not handed out yet.
        case answering([UInt8])
    }

    private static let service = "git-upload-pack"
    /// What an advertisement begins with: one line of its own, with its length.
    private static let announcement = Array("001e# service=\(service)\n".utf8)
    /// Wants and haves of 100,000 references have ten megabytes.
    private static let maxRequestBytes = 64 << 20

    /// The parent's kill comes first: it knows how far the fetch had come.
    private static let grace = Duration.seconds(5)

    let isStateless = true
    private(set) var failure: FetchFailure?
    private var access: HTTPSourceAccess
    private let stream = HTTPStream(userAgent: HTTPSourceAccess.userAgent)
    private let deadline: ContinuousClock.Instant
    private var state = State.idle
    private var receivedBytes = 0

    init(_ access: HTTPSourceAccess) {
        self.access = access
        deadline = ContinuousClock.now + access.timeout + Self.grace
    }

    func begin(_ exchange: GitExchange) throws {
        switch exchange {
        case .advertisement:
            receivedBytes = 0
            failure = nil
            try noting { () throws(FetchFailure) in try advertise() }
        case .request:
            state = .composing([])
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        try noting { () throws(FetchFailure) in
            guard case .composing(var request) = state else {
                throw FetchFailure(.protocolError, "libgit2 wrote to \(access.server) at a moment of no request")
            }
            // Moved, not copied: libgit2 writes in pieces.
            state = .idle
            request.append(contentsOf: bytes)
            guard request.count <= Self.maxRequestBytes else {
                throw FetchFailure(
                    .tooLarge,
                    "the request to \(access.server) grew larger than \(Self.maxRequestBytes >> 20) MiB, a fixed limit")
            }
            state = .composing(request)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try noting { () throws(FetchFailure) in
            if case .composing(let request) = state { try ask(request) }
            if case .answering(let seen) = state, !seen.isEmpty {
                let count = min(seen.count, buffer.count)
                buffer.copyBytes(from: seen[..<count])
                state = .answering(Array(seen[count...]))
                return count
            }
            return try receive(buffer)
        }
    }

    func end() {
        stream.finish()
        state = .idle
    }

    // MARK: - The two kinds of requests

    private func advertise() throws(FetchFailure) {
        var head = try send(access.request(HTTPSourceAccess.advertisementPath))
        var redirects = 0
        while Self.redirects.contains(head.status) {
            redirects += 1
            guard redirects <= HTTPSourceAccess.mostRedirects else {
                throw FetchFailure(
                    .protocolError,
                    "\(access.server) leads on and on, \(redirects) redirects were enough: set source.url to the repository's own URL"
                )
            }
            access = try access.redirected(to: head.headers["Location"])
            head = try send(access.request(HTTPSourceAccess.advertisementPath))
        }
        try check(head, "advertisement")
        let seen = try beginning(Self.announcement.count)
        guard seen == Self.announcement else { throw access.wrongContent("application/octet-stream") }
        state = .answering(seen)
    }

    private static let redirects: Set = [301, 302, 303, 307, 308]

    private func ask(_ body: [UInt8]) throws(FetchFailure) {
        var request = access.request(Self.service, method: "POST")
        request.body = body
        request.headers.add("Content-Type", "application/x-\(Self.service)-request")
        request.headers.add("Accept", "application/x-\(Self.service)-result")
        // Frames and progress come on top of the pack, whose own size libgit2 counts.
        let (limit, overflow) = access.receivedBytes.addingReportingOverflow(access.receivedBytes / 16 + 1 << 20)
        request.maxResponseBytes = max(1, (overflow ? .max : limit) - receivedBytes)
        try check(try send(request), "result")
        state = .answering([])
    }

    private func check(_ head: ResponseHead, _ kind: String) throws(FetchFailure) {
        guard head.status == 200 else {
            let words = try? beginning(1024)  // The status is the news; its page only explains it.
            throw access.failure(status: head.status, headers: head.headers, body: words ?? [])
        }
        let type = head.headers["Content-Type"].map { $0.prefix { $0 != ";" }.lowercased() }
        guard type == "application/x-\(Self.service)-\(kind)" else { throw access.wrongContent(type) }
    }

    // MARK: - Bytes

    private func send(_ request: Request) throws(FetchFailure) -> ResponseHead {
        var request = request
        request.timeout = max(.milliseconds(1), ContinuousClock.now.duration(to: deadline))
        do throws(HTTPError) {
            return try stream.send(request, idleTimeout: access.idleTimeout)
        } catch {
            throw explained(error)
        }
    }

    private func receive(_ buffer: UnsafeMutableRawBufferPointer) throws(FetchFailure) -> Int {
        do throws(HTTPError) {
            let count = try stream.read(into: buffer)
            receivedBytes += count
            return count
        } catch {
            throw explained(error)
        }
    }

    private func beginning(_ limit: Int) throws(FetchFailure) -> [UInt8] {
        var seen: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: limit)
        while seen.count < limit {
            let rest = limit - seen.count
            let read: Result<Int, FetchFailure> = buffer.withUnsafeMutableBytes { bytes in
                do throws(FetchFailure) {
                    return .success(try receive(UnsafeMutableRawBufferPointer(rebasing: bytes[..<rest])))
                } catch {
                    return .failure(error)
                }
            }
            let count = try read.get()
            if count == 0 { break }
            seen += buffer[..<count]
        }
        return seen
    }

    private func explained(_ error: HTTPError) -> FetchFailure {
        access.failure(error)
    }

    /// libgit2 carries no error of ours: it is noted on the way out.
    private func noting<Value>(_ body: () throws(FetchFailure) -> Value) throws(FetchFailure) -> Value {
        do throws(FetchFailure) {
            return try body()
        } catch {
            failure = failure ?? error
            throw error
        }
    }
}
