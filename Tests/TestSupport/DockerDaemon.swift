import Foundation

/// A real container engine in a folder of its own: no bridge, no registry, no images but the one it is given. Needs root.
public final class DockerDaemon: @unchecked Sendable {
    /// Its socket.
    public let socket: String
    private let directory: String
    private let daemon: Child
    // Guarded by `lock`: containers made by one test.
    private let lock = NSLock()
    private var containers: [String] = []

    /// A container that is to be made.
    public struct Container: Sendable {
        /// Its name.
        public var name: String
        /// Program and arguments.
        public var command: [String]
        /// `HOST:CONTAINER[:ro]`, each.
        public var binds: [String] = []
        /// Labels, as Compose sets them.
        public var labels: [String: String] = [:]
        /// `no`, `always`, …
        public var restart = "no"
        /// One output with a terminal.
        public var terminal = false
        /// Where it starts; empty: the root.
        public var workingDirectory = ""

        /// A container on the host's network.
        public init(_ name: String, _ command: [String], binds: [String] = [], labels: [String: String] = [:]) {
            self.name = name
            self.command = command
            self.binds = binds
            self.labels = labels
        }

        /// The labels of a Compose service.
        public static func compose(_ service: String, project: String, oneOff: Bool = false) -> [String: String] {
            [
                "com.docker.compose.service": service, "com.docker.compose.project": project,
                "com.docker.compose.oneoff": oneOff ? "True" : "False",
            ]
        }
    }

    /// Starts one and gives it an image of the C library, a shell and `sleep`; programs of the tests are bound into it.
    public init(directory: String) async throws {
        self.directory = directory
        try Files.makeDirectory(directory)
        socket = "\(directory)/docker.sock"
        daemon = try Child(
            [
                "dockerd", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none",
                "--storage-driver=vfs", "--data-root", "\(directory)/data", "--exec-root", "\(directory)/exec",
                "--pidfile", "\(directory)/pid", "-H", "unix://\(socket)",
            ], output: "\(directory)/dockerd.log")
        do {
            try await eventually("the container engine answering") {
                guard daemon.isRunning else { throw TestFailure("dockerd ended:\n\(daemon.tail())") }
                return try await ask("GET", "/_ping").code == 200
            }
            try await makeImage()
        } catch {
            stop()
            throw error
        }
    }

    private func makeImage() async throws {
        let root = "\(directory)/root"
        let script = """
            set -e
            mkdir -p "$1/bin" "$1/etc" "$1/tmp"
            cp /bin/dash "$1/bin/sh"; cp /bin/sleep "$1/bin/sleep"
            ldd /bin/sleep | grep -o '/[^ ]*' | while read -r file; do
                mkdir -p "$1$(dirname "$file")"; cp -L "$file" "$1$file"
            done
            tar -C "$1" -cf "$1.tar" .
            """
        try await Shell.succeed(["sh", "-c", script, "sh", root])
        let answer = try await curl(
            ["-X", "POST", "-H", "Content-Type: application/x-tar", "--data-binary", "@\(root).tar"],
            "/images/create?fromSrc=-&repo=test&tag=image")
        guard answer.code == 200 else { throw TestFailure("the image could not be made: \(answer.body)") }
    }

    /// Makes and starts a container.
    public func run(_ container: Container) async throws {
        let body: [String: Any] = [
            "Image": "test:image", "Cmd": container.command, "Labels": container.labels, "Tty": container.terminal,
            "WorkingDir": container.workingDirectory,
            "HostConfig": [
                "NetworkMode": "host", "Binds": container.binds, "RestartPolicy": ["Name": container.restart],
            ] as [String: Any],
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
        let made = try await curl(
            ["-X", "POST", "-H", "Content-Type: application/json", "-d", text],
            "/containers/create?name=\(container.name)")
        guard made.code == 201 else { throw TestFailure("\(container.name) could not be made: \(made.body)") }
        lock.withLock { containers.append(container.name) }
        let started = try await ask("POST", "/containers/\(container.name)/start")
        guard started.code == 204 else { throw TestFailure("\(container.name) could not be started: \(started.body)") }
    }

    /// A Prometheus whose config file is `config` as the container sees it; its log is at level info.
    public func runPrometheus(
        _ name: String = "prometheus", version: Programs.PrometheusVersion, port: UInt16, binds: [String],
        config: String = "/etc/prometheus/prometheus.yml", lifecycle: Bool = false, labels: [String: String] = [:],
        restart: String = "no"
    ) async throws {
        var container = Container(
            name,
            [
                "/bin/prometheus", "--config.file=\(config)", "--storage.tsdb.path=/tmp/data",
                "--web.listen-address=127.0.0.1:\(port)", "--scrape.discovery-reload-interval=100ms",
            ] + (lifecycle ? ["--web.enable-lifecycle"] : []),
            binds: ["\(try Programs.prometheus("prometheus", version: version)):/bin/prometheus:ro"] + binds,
            labels: labels)
        container.restart = restart
        try await run(container)
        try await eventually("\(name) being ready") {
            try LoopbackHTTP.request(port: port, path: "/-/ready").status == 200
        }
    }

    /// One request to the engine.
    @discardableResult
    public func ask(_ method: String, _ path: String) async throws -> (code: Int, body: String) {
        try await curl(["-X", method], path)
    }

    /// What the engine says of a container.
    public func inspect(_ name: String) async throws -> JSON {
        try JSON(parsing: try await ask("GET", "/containers/\(name)/json").body)
    }

    /// `running`, `exited`, …
    public func status(_ name: String) async throws -> String {
        try await inspect(name)["State"]["Status"].string ?? ""
    }

    private func curl(_ arguments: [String], _ path: String) async throws -> (code: Int, body: String) {
        let result = try await Shell.run(
            ["curl", "-s", "--unix-socket", socket, "-w", "\n%{http_code}"] + arguments + ["http://engine\(path)"])
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    /// Ends its containers, the engine, and what it mounted.
    public func stop() {
        for name in lock.withLock({ containers }) {
            wait(["curl", "-s", "-X", "DELETE", "--unix-socket", socket, "http://engine/containers/\(name)?force=1"])
        }
        daemon.stop(patience: .seconds(20))
        wait([
            "sh", "-c",
            "awk -v d=\"$1\" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount -l",
            "sh", directory,
        ])
    }

    /// Clean-up blocks: it runs where nothing can be awaited.
    private func wait(_ command: [String]) {
        do {
            let child = try Child(command, output: "/dev/null")
            let deadline = ContinuousClock.now + .seconds(20)
            while child.poll() == nil, ContinuousClock.now < deadline { usleep(10_000) }
            child.stop(patience: .zero)
        } catch {
            print("clean-up of the container engine: \(error)")
        }
    }
}
