/// A program in front of several HTTP servers that gives each request to the next of them.
public final class Balancer: Sendable {
    /// Where it listens.
    public let port: UInt16
    /// Its base URL.
    public var url: String { "http://127.0.0.1:\(port)" }
    private let child: Child

    /// Starts it.
    public init(ports: [UInt16], directory: String) throws {
        port = try FreePort.next()
        let script = """
            import http.client, itertools, sys
            from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
            turn = itertools.cycle(int(p) for p in sys.argv[2:])
            class Handler(BaseHTTPRequestHandler):
                protocol_version = 'HTTP/1.1'
                def forward(self):
                    body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                    server = http.client.HTTPConnection('127.0.0.1', next(turn))
                    server.request(self.command, self.path, body, {'Content-Type': self.headers.get('Content-Type') or ''})
                    answer = server.getresponse(); data = answer.read(); server.close()
                    self.send_response(answer.status)
                    self.send_header('Content-Length', str(len(data))); self.end_headers(); self.wfile.write(data)
                do_GET = do_POST = forward
                def log_message(self, *words): pass
            ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
            """
        child = try Child(
            ["python3", "-c", script, "\(port)"] + ports.map { "\($0)" }, output: "\(directory)/balancer.log")
    }

    /// Waits until it answers.
    public func waitUntilReady() async throws {
        try await eventually("the balancer answering") {
            try LoopbackHTTP.request(port: port, path: "/-/ready").status == 200
        }
    }

    /// Ends it.
    public func stop() { child.stop(patience: .zero) }
}
