import TestSupport

extension World {
    /// A world whose Prometheus runs in a container that sees `etc` as `/etc/prometheus`.
    ///
    /// - Parameters:
    ///   - reload: of the target; `SOCKET` stands for the engine's socket, `WORLD` for the world's folder.
    ///   - binds: what is mounted, by the world; nil: its folder.
    ///   - restart: the container's restart policy.
    ///   - change: of the world before it is made.
    static func runInContainer(
        _ version: Programs.PrometheusVersion, reload: String, target: [String] = [], adopted: Bool = true,
        binds: (@Sendable (World) throws -> [String])? = nil, restart: String = "no",
        change: (inout Setup) -> Void = { _ in },
        _ body: (World, DockerDaemon) async throws -> Void
    ) async throws {
        var setup = Setup.with {
            $0.deployed = false
            $0.adopted = false
            $0.target = { directory in
                (["reload: \(reload)"] + target).map {
                    $0.replacing("SOCKET", with: "\(directory)/d/docker.sock").replacing("WORLD", with: directory)
                }
            }
        }
        change(&setup)
        try await run(version, setup) { world in
            let docker = try await DockerDaemon(directory: world.directory("d"))
            world.deferred.add { docker.stop() }
            for (path, text) in Sample.files(port: world.prometheus.port) {
                try Files.write(text, to: "\(world.etc)/\(path)")
            }
            try await docker.runPrometheus(
                version: version, port: world.prometheus.port,
                binds: try binds?(world) ?? ["\(world.etc):/etc/prometheus"],
                labels: DockerDaemon.Container.compose("prom", project: "mon"), restart: restart)
            if adopted { try await world.adopt() }
            try await body(world, docker)
        }
    }
}
