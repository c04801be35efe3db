import Foundation
import TestSupport

/// TLS before a server of this machine that does not speak it: what comes out of it goes on as it is. It makes a plain proxy
/// an https proxy.
final class TLSFront: Sendable {
    let port: UInt16
    private let front: Child

    init(_ certificate: (path: String, key: String), to upstream: UInt16, directory: String) async throws {
        port = try FreePort.next()
        try Files.makeDirectory(directory)
        try Files.write(Self.script, to: "\(directory)/front.py")
        front = try Child(
            ["python3", "\(directory)/front.py", certificate.path, certificate.key, "\(port)", "\(upstream)"],
            output: "\(directory)/front.log")
        let port = self.port
        do {
            try await eventually("the front listening on port \(port)", within: .seconds(20)) {
                front.tail().contains("listening")
            }
        } catch {
            front.stop()
            throw TestFailure("\(error)\n\(front.tail())")
        }
    }

    func stop() { front.stop() }

    private static let script = """
        import select, socket, ssl, sys, threading
        certificate, key, port, upstream = sys.argv[1:5]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        def serve(plain):
            try:
                with context.wrap_socket(plain, server_side=True) as inside:
                    with socket.create_connection(("127.0.0.1", int(upstream))) as outside:
                        while True:
                            ready = [inside] if inside.pending() else select.select([inside, outside], [], [])[0]
                            for source in ready:
                                data = source.recv(65536)
                                if not data:
                                    return
                                (outside if source is inside else inside).sendall(data)
            except OSError as error:
                print(error, flush=True)

        listener = socket.create_server(("127.0.0.1", int(port)))
        print("listening", flush=True)
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        """
}
