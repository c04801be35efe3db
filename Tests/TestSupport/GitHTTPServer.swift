import Foundation

/// git over http as people run it: nginx, fcgiwrap and git-http-backend on a free port, with optional basic auth.
public final class GitHTTPServer: Sendable {
    /// The port it listens on.
    public let port: UInt16
    private let directory: String
    private let nginx: Child
    private let fcgi: Child

    /// Serves every repository below `root`.
    ///
    /// - Parameters:
    ///   - password: nil: anybody may read; otherwise user `stoker` with it.
    ///   - passesProtocol: whether git hears which version of its protocol the client wants; many servers do not tell it.
    ///   - wanted: the port; nil: a free one.
    public init(
        root: String, directory: String, password: String? = nil, passesProtocol: Bool = true, on wanted: UInt16? = nil
    ) async throws {
        port = try wanted ?? FreePort.next()
        self.directory = directory
        try Files.makeDirectory(directory)
        if let password { try await Self.write(password, directory) }
        try Files.write(
            Self.configuration(
                root: root, directory: directory, port: port, protected: password != nil,
                passesProtocol: passesProtocol),
            to: "\(directory)/nginx.conf")
        // The cgi runs as whoever owns the repository: git refuses a repository of somebody else.
        fcgi = try Child(
            ["fcgiwrap", "-f", "-c", "2", "-s", "unix:\(directory)/cgi"], output: "\(directory)/fcgiwrap.log")
        nginx = try Child(
            ["nginx", "-p", directory, "-e", "\(directory)/error.log", "-c", "\(directory)/nginx.conf"],
            output: "\(directory)/nginx.log")
        do {
            try await eventually("nginx listening on port \(port)", within: .seconds(20)) {
                guard Files.exists("\(directory)/cgi") else { return false }
                _ = try LoopbackHTTP.request(port: port, path: "/ping")
                return true
            }
        } catch {
            stop()
            throw TestFailure(
                "\(error)\n\(nginx.tail())\n\(fcgi.tail())\n\(Files.read("\(directory)/error.log") ?? "")")
        }
    }

    private static func configuration(
        root: String, directory: String, port: UInt16, protected: Bool, passesProtocol: Bool
    ) -> String {
        let version = passesProtocol ? "" : "fastcgi_param HTTP_GIT_PROTOCOL '';"
        let auth = protected ? "auth_basic monitoring; auth_basic_user_file \(directory)/users;" : ""
        return """
            daemon off; master_process off; worker_processes 1; pid \(directory)/nginx.pid;
            events { worker_connections 64; }
            http {
              log_format counted '$remote_addr [$time_local] "$request" $status $body_bytes_sent connection=$connection agent=$http_user_agent';
              access_log \(directory)/access.log counted;
              client_body_temp_path \(directory)/body; fastcgi_temp_path \(directory)/fastcgi;
              proxy_temp_path \(directory)/proxy; uwsgi_temp_path \(directory)/uwsgi; scgi_temp_path \(directory)/scgi;
              server {
                listen 127.0.0.1:\(port);
                location = /ping { return 200 pong; }
                location / {
                  \(auth)
                  fastcgi_pass unix:\(directory)/cgi;
                  fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
                  fastcgi_param GIT_PROJECT_ROOT \(root);
                  fastcgi_param GIT_HTTP_EXPORT_ALL 1;
                  fastcgi_param GIT_CONFIG_NOSYSTEM 1;
                  fastcgi_param PATH_INFO $uri;
                  fastcgi_param QUERY_STRING $query_string;
                  fastcgi_param REQUEST_METHOD $request_method;
                  fastcgi_param CONTENT_TYPE $content_type;
                  fastcgi_param CONTENT_LENGTH $content_length;
                  \(version)
                  fastcgi_param REMOTE_USER $remote_user;
                  fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
                }
              }
            }

            """
    }

    private static func write(_ password: String, _ directory: String) async throws {
        let digest = try await Shell.succeed(["openssl", "passwd", "-apr1", password])
        try Files.write("stoker:\(digest)", to: "\(directory)/users")
    }

    /// The URL of a repository below the root.
    public func url(_ name: String) -> String { "http://127.0.0.1:\(port)/\(name)" }

    /// How many requests were answered with a status.
    public func requests(status: Int) -> Int {
        (Files.read("\(directory)/access.log") ?? "").split(separator: "\n").count { $0.contains("\" \(status) ") }
    }

    /// The requests so far, with what follows `from` others: the request line, its connection's number and the user agent.
    public func requests(from: Int = 0) -> [(line: String, connection: String, agent: String)] {
        (Files.read("\(directory)/access.log") ?? "").split(separator: "\n").filter { !$0.contains("GET /ping") }
            .dropFirst(from).map { line in
                let parts = line.split(separator: "\"")
                let rest = (line.split(separator: "connection=").last ?? "").split(separator: " agent=")
                return (parts.count > 1 ? String(parts[1]) : "", String(rest.first ?? ""), String(rest.last ?? ""))
            }
    }

    /// The bytes of the answers so far, without their heads.
    public func bodySizes() -> [Int] {
        (Files.read("\(directory)/access.log") ?? "").split(separator: "\n").compactMap { line in
            line.split(separator: "\"").last.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") }
        }
    }

    /// Another password for the same user, from now on: nginx reads the file at each request.
    public func setPassword(_ password: String) async throws { try await Self.write(password, directory) }

    /// Stops both programs.
    public func stop() {
        nginx.stop()
        fcgi.stop()
    }
}
