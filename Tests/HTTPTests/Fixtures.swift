import Glibc
import HTTP
import Synchronization
import Testing

/// Runs a test with a server and a client, both ended afterwards.
func withServer(
    _ script: @escaping @Sendable (Peer) -> Void, client: HTTPClient = HTTPClient(userAgent: "stoker/test"),
    _ body: (TestServer, HTTPClient) async throws -> Void
) async throws {
    let server = try TestServer(.loopback, script)
    defer {
        client.close()
        server.stop()
    }
    try await body(server, client)
}

/// A script that answers every request with its own text.
@Sendable func echo(_ peer: Peer) {
    while let request = peer.readRequest() {
        peer.answer(body: request)
    }
}

/// The error of a request that must fail.
func failure(_ client: HTTPClient, _ request: Request) async throws -> HTTPError {
    do throws(HTTPError) {
        let response = try await client.send(request)
        Issue.record("an answer instead of an error: \(response.status)")
        throw HTTPError(kind: .closed, message: "no error")
    } catch {
        return error
    }
}

/// Something that happened on a server's thread and a test waits for.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func raise() { continuation.yield() }

    func wait() async {
        for await _ in stream { return }
    }
}

/// Collects what servers saw.
final class Seen: Sendable {
    private let texts = Mutex<[String]>([])

    func add(_ text: String) { texts.withLock { $0.append(text) } }

    var all: [String] { texts.withLock { $0 } }
}

/// Runs a test in a folder of its own, which is removed with its files afterwards.
func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/stoker-http-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestServerError(code: errno) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { removeFolder(path) }
    try await body(path)
}

private func removeFolder(_ path: String) {
    if let folder = opendir(path) {
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." {
                unlink("\(path)/\(name)")
            }
        }
        closedir(folder)
    }
    rmdir(path)
}
