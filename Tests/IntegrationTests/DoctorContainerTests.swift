import Foundation
import TestSupport
import Testing

/// `stoker doctor` where the process runs in a container.
@Suite("Doctor of containers", .serialized)
struct DoctorContainerTests {
    private static let signal = "{ method: docker, container: prometheus, socket: SOCKET }"

    @Test("a healthy container is all pass; one that is stopped, unknown or out of reach is not")
    func container() async throws {
        try await World.runInContainer(.installed, reload: Self.signal) { world, docker in
            try await DoctorAnswer(world.stoker).requireHealthy(15)
            func with(_ container: String, _ socket: String) async throws -> DoctorAnswer {
                try await world.doctor {
                    $0.extra = ["reload: { method: docker, container: \(container), socket: \(socket) }"]
                }
            }
            var answer = try await with("nothere", docker.socket)
            try answer.require("reload_docker", "fail", "has no container nothere", "correct container in reload")
            try answer.require("mounts", "warn", "see the check of reload")
            answer = try await with("prometheus", "/nonexistent/docker.sock")
            try answer.require("reload_docker", "fail", "/nonexistent/docker.sock cannot be used", "group docker")
            try await docker.run(.init("shell", ["/bin/sleep", "600"]))
            answer = try await with("shell", docker.socket)
            try answer.require("reload_docker", "fail", "does not handle SIGHUP", "use action: restart")
            try answer.require("process", "fail", "is not container shell", "correct url, or what reload and log name")
            try await docker.ask("POST", "/containers/prometheus/stop?t=1")
            answer = try await with("prometheus", docker.socket)
            try answer.require("reload_docker", "warn", "container prometheus is exited", "start it")
            try answer.require("process", "warn", "does not answer")
            try #require(answer.code == 0, "\(answer)")
        }
    }

    @Test("a container that mounts another folder")
    func otherFolder() async throws {
        try await World.runInContainer(
            .installed, reload: Self.signal, adopted: false,
            binds: { world in
                for (path, text) in world.tree { try Files.write(text, to: world.directory("other/\(path)")) }
                return ["\(world.directory("other")):/etc/prometheus"]
            }
        ) { world, _ in
            let answer = try await DoctorAnswer(world.stoker)
            try answer.require(
                "mounts", "fail", "has \(world.directory("other")) mounted", "correct deploy_to, or what")
            try #require(answer.troubles.contains("config_path fail"), "\(answer)")
        }
    }

    @Test("a file mounted by itself: replaced it would be lost, rewritten it is well")
    func singleFile() async throws {
        try await World.runInContainer(
            .installed, reload: Self.signal, target: ["seen_at: /etc/prometheus"],
            binds: { world in
                [
                    "\(world.etc)/prometheus.yml:/etc/prometheus/prometheus.yml",
                    "\(world.etc)/rules:/etc/prometheus/rules",
                ]
            }
        ) { world, _ in
            let answer = try await DoctorAnswer(world.stoker)
            try answer.require("mounts", "fail", "bind-mounted by itself", "list prometheus.yml under keep_inode")
            let kept = try await world.doctor { $0.extra.append("keep_inode: [prometheus.yml]") }
            try kept.requireHealthy(15)
            try kept.require("mounts", "pass", "/etc/prometheus/prometheus.yml is mounted by itself and is rewritten")
            // A person's editor gives the file another inode: the container keeps the old one.
            let path = "\(world.etc)/prometheus.yml"
            let text = try #require(Files.read(path))
            try Files.write(text + "# edited\n", to: path + ".new")
            try #require(rename(path + ".new", path) == 0)
            let stale = try await world.doctor { $0.extra.append("keep_inode: [prometheus.yml]") }
            try stale.require("mounts", "fail", "its original was replaced on the host", "restart container prometheus")
        }
    }
}
