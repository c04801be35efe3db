import Foundation
import TestSupport

/// An nginx before another server, which passes requests on, or refuses them as a server does that limits its clients.
final class LimitGate: Sendable {
    /// How it refuses: status, further header fields.
    enum Refusal: String, CaseIterable {
        case tooMany, unavailable, rateLimit

        fileprivate var lines: String {
            switch self {
            case .tooMany: "add_header Retry-After 37 always; return 429;"
            case .unavailable: "add_header Retry-After 38 always; return 503;"
            case .rateLimit:
                "add_header x-ratelimit-remaining 0 always; add_header x-ratelimit-reset 90 always; return 403;"
            }
        }

        /// For how long it wants not to be asked.
        var seconds: Int {
            switch self {
            case .tooMany: 37
            case .unavailable: 38
            case .rateLimit: 90
            }
        }
    }

    let port: UInt16
    private let directory: String
    private let nginx: Child

    init(to upstream: UInt16, directory: String) async throws {
        port = try FreePort.next()
        self.directory = directory
        try Files.makeDirectory(directory)
        let temporary = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"].map {
            "\($0)_temp_path \(directory)/\($0);"
        }
        let refusals = Refusal.allCases.map { "if (-f \(directory)/\($0.rawValue)) { \($0.lines) }" }
        try Files.write(
            """
            daemon off; master_process off; worker_processes 1; pid \(directory)/nginx.pid;
            events { worker_connections 64; }
            http {
              access_log off; \(temporary.joined(separator: " "))
              server {
                listen 127.0.0.1:\(port);
                location / {
                  \(refusals.joined(separator: "\n      "))
                  proxy_pass http://127.0.0.1:\(upstream);
                }
              }
            }

            """, to: "\(directory)/nginx.conf")
        nginx = try Child(
            ["nginx", "-p", directory, "-c", "\(directory)/nginx.conf", "-e", "\(directory)/error.log"],
            output: "\(directory)/nginx.log")
        let port = self.port
        do {
            try await eventually("nginx listening on port \(port)", within: .seconds(20)) {
                try LoopbackHTTP.request(port: port, path: "/ping").status == 200
            }
        } catch {
            nginx.stop()
            throw TestFailure("\(error)\n\(nginx.tail())")
        }
    }

    /// Refuses from now on, or no longer.
    func refuse(_ refusal: Refusal?) throws {
        for known in Refusal.allCases where Files.exists("\(directory)/\(known.rawValue)") {
            try Files.remove("\(directory)/\(known.rawValue)")
        }
        if let refusal { try Files.write("", to: "\(directory)/\(refusal.rawValue)") }
    }

    func stop() { nginx.stop() }
}
