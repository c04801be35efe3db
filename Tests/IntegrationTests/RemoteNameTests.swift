import Foundation
import TestSupport
import Testing

/// One file for several hosts: which environments a command is about.
@Suite("Environments of another Stoker")
struct RemoteNameTests {
    @Test("run leaves them out unless they are named, status shows them, decisions name the Stoker that runs them")
    func names() async throws {
        var setup = World.Setup()
        setup.environment = ["remote: { url: 'http://127.0.0.1:1/' }"]
        setup.adopted = false
        try await World.run(.installed, setup) { world in
            for command in [["run", "--once"], ["plan"], ["reconcile"]] {
                let result = try await world.stoker.run(command)
                try #require(result.code == 1, "\(result)")
                try #require(
                    result.error.contains("another Stoker runs every environment of the configuration"), "\(result)")
            }
            try #require(try await world.stoker.run("recover").output == "nothing to repair\n")
            let status = try await world.stoker.status()
            try #require(status["message"].string == "the Stoker at http://127.0.0.1:1 runs it", "\(status)")
            for command in [
                ["approve"], ["suspend", "--reason", "x"], ["resume"], ["rollback"], ["reconcile"],
                ["reject", world.firstCommit, "--reason", "x"],
            ] {
                let result = try await world.stoker.run([command[0], "production"] + command.dropFirst())
                try #require(result.code == 1, "\(result)")
                try #require(
                    result.error.contains("production is run by the Stoker at http://127.0.0.1:1: give the command"),
                    "\(result)")
            }
            let why = try await world.stoker.run("why", "production")
            try #require(why.code == 0 && why.output.contains("it cannot be asked: http://127.0.0.1:1"), "\(why)")
            let elsewhere = try await world.stoker.json("why", "production")
            try #require(elsewhere["runs_at"].string == "http://127.0.0.1:1", "\(elsewhere)")
            // Named it runs here, and from then on this storage directory knows it.
            let once = try await world.stoker.run("run", "--once", "--environment", "production")
            try #require(once.code == 0, "\(once)")
            try #require(try await world.stoker.status()["outcome"].string == "verified")
            try #require(try await world.stoker.run("suspend", "production", "--reason", "x").code == 0)
            try #require(try await world.stoker.run("recover").code == 0)
            try #require(try await world.stoker.run("plan", "production").code == 0)
            try #require(try await world.stoker.run("why", "production").output.contains("it is running, verified"))
        }
    }
}
