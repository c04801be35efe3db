import Foundation
import TestSupport

/// An nginx before another server: it lets requests with one `Authorization` header through and answers 401 to the rest, or
/// speaks TLS, or does what else a test writes into its configuration.
final class TokenGate: Sendable {
    let port: UInt16
    private let directory: String
    private let nginx: Child

    /// - Parameters:
    ///   - server: more directives of the server.
    ///   - locations: more locations, which win over the one that passes everything on.
    init(
        header: String? = nil, certificate: (path: String, key: String)? = nil, server: String = "",
        locations: String = "", to upstream: UInt16, directory: String
    ) async throws {
        port = try FreePort.next()
        self.directory = directory
        try Files.makeDirectory(directory)
        let temporary = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"].map {
            "\($0)_temp_path \(directory)/\($0);"
        }
        let check = header.map { "if ($http_authorization != \"\($0)\") { return 401; }" } ?? ""
        let tls = certificate.map { "ssl_certificate \($0.path); ssl_certificate_key \($0.key);" } ?? ""
        let ping = try FreePort.next()
        try Files.write(
            """
            daemon off; master_process off; worker_processes 1; pid \(directory)/nginx.pid;
            events { worker_connections 64; }
            http {
              access_log \(directory)/access.log; \(temporary.joined(separator: " "))
              server {
                listen 127.0.0.1:\(ping);
                location = /ping { return 200 pong; }
              }
              server {
                listen 127.0.0.1:\(port)\(certificate == nil ? "" : " ssl"); \(tls)
                \(server)
                \(locations)
                location / {
                  \(check)
                  proxy_pass http://127.0.0.1:\(upstream);
                }
              }
            }

            """, to: "\(directory)/nginx.conf")
        let port = self.port
        let nginx = try Child(
            ["nginx", "-p", directory, "-c", "\(directory)/nginx.conf", "-e", "\(directory)/error.log"],
            output: "\(directory)/nginx.log")
        self.nginx = nginx
        do {
            try await eventually("nginx listening on port \(port)", within: .seconds(20)) {
                _ = try LoopbackHTTP.request(port: ping, path: "/ping")
                return true
            }
        } catch {
            nginx.stop()
            throw TestFailure("\(error)\n\(nginx.tail())")
        }
    }

    func stop() { nginx.stop() }
}
