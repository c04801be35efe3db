import TestSupport

extension World {
    /// A world whose Prometheus runs in a container that sees `etc` as `/etc/prometheus`.
    ///
    /// - Parameters:
    ///   - reload: of the target; `SOCKET` stands for the engine's socket.
    ///   - binds: what is mounted, by the world; nil: its folder.
    static func runInContainer(
        _ version: Programs.PrometheusVersion, reload: String, target: [String] = [], lifecycle: Bool = false,
        adopted: Bool = true, restart: String = "no", binds: (@Sendable (World) -> [String])? = nil,
        _ body: (World, DockerDaemon) async throws -> Void
    ) async throws {
        let setup = Setup.with {
            $0.deployed = false
            $0.adopted = false
            $0.target = { directory in
                let socket = "\(directory)/d/docker.sock"
                return ["reload: \(reload.replacing("SOCKET", with: socket))"]
                    + target.map { $0.replacing("SOCKET", with: socket).replacing("WORLD", with: directory) }
            }
        }
        try await run(version, setup) { world in
            let docker = try await DockerDaemon(directory: world.directory("d"))
            world.deferred.add { docker.stop() }
            for (path, text) in Sample.files(port: world.prometheus.port) {
                try Files.write(text, to: "\(world.etc)/\(path)")
            }
            try await docker.runPrometheus(
                version: version, port: world.prometheus.port,
                binds: binds?(world) ?? ["\(world.etc):/etc/prometheus"], lifecycle: lifecycle,
                labels: DockerDaemon.Container.compose("prom", project: "mon"), restart: restart)
            if adopted { try await world.adopt() }
            try await body(world, docker)
        }
    }
}
