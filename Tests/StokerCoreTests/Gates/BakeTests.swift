import StokerCore
import Testing

/// Between two targets the first one is watched for a while.
@Suite("Bake")
struct BakeTests {
    private static func world(_ bake: Duration = .seconds(60)) throws -> ScriptedWorld {
        try PolicyTests.verified(ScriptedWorld(targets: ["one", "two"], bake: bake))
    }

    @Test("the second has its turn when the first has stayed proved")
    func good() throws {
        let world = try Self.world()
        world.push("good-2")
        let start = world.now
        var secondAt: Instant?
        world.dies = { effect in
            if case .act(.publish("two")) = effect { secondAt = world.now }
            return false
        }
        _ = world.turn()
        #expect(world.status.phase == "baking")
        #expect(world.disk == ["one": "good-2", "two": "good-1"])
        try #require(world.settle())
        #expect(world.status.outcome == "verified", "\(world.status)")
        #expect(world.disk == ["one": "good-2", "two": "good-2"])
        #expect(try #require(secondAt) - start >= .seconds(60))
    }

    @Test("what fails while it bakes never comes to the second, and the first has its old files again")
    func bad() throws {
        let world = try Self.world()
        world.push("good-2")
        _ = world.turn()
        world.processes["one"]?.serves = "something"
        world.pass(.seconds(5))
        try #require(world.settle())
        #expect(world.status.outcome == "rolled_back", "\(world.status)")
        #expect(world.disk == ["one": "good-1", "two": "good-1"])
        #expect(!world.acts.contains { $0.hasPrefix("publish two") || $0 == "reload two" }, "\(world.acts)")
    }

    @Test("the second one's failure takes both back")
    func second() throws {
        let world = try Self.world()
        world.push("good-2")
        world.dies = { effect in
            if case .act(.reload("two")) = effect { world.processes["two"]?.up = false }
            return false
        }
        world.settle()
        #expect(world.disk == ["one": "good-1", "two": "good-1"])
        #expect(world.processes["one"]?.serves == "good-1")
    }

    @Test("a restart of Stoker watches from the beginning, and a suspension keeps the second from its turn")
    func restart() throws {
        let world = try Self.world()
        world.push("good-2")
        _ = world.turn()
        world.pass(.seconds(50))
        world.restart()
        _ = world.turn()
        #expect(world.status.phase == "baking")
        world.pass(.seconds(30))
        _ = world.turn()
        #expect(world.disk["two"] == "good-1")
        world.ask(.suspend(reason: "wait", until: nil))
        for _ in 0..<20 {
            world.pass(.seconds(30))
            _ = world.turn()
        }
        #expect(world.disk == ["one": "good-2", "two": "good-1"])
        world.ask(.resume)
        try #require(world.settle())
        #expect(world.status.outcome == "verified", "\(world.status)")
    }

    @Test("what is half live is finished, whatever is frozen meanwhile")
    func frozen() throws {
        let world = try Self.world()
        world.push("good-2")
        _ = world.turn()
        try #require(world.status.phase == "baking")
        world.ask(.freeze(reason: "sale", until: nil))
        world.pass(.seconds(10))
        _ = world.turn()
        #expect(world.loop.currentHold == nil && world.status.phase == "baking")
        try #require(world.settle())
        #expect(world.disk == ["one": "good-2", "two": "good-2"])
        #expect(world.status.outcome == "verified", "\(world.status)")
        world.push("good-3")
        _ = world.settle()
        #expect(world.loop.currentHold?.reason == .frozen && world.disk == ["one": "good-2", "two": "good-2"])
    }

    @Test("a repair does not bake") func repair() throws {
        let world = try PolicyTests.verified(
            ScriptedWorld(targets: ["one", "two"], drift: .correct, bake: .seconds(600)))
        world.edited = ["one": ["a.yml": "changed"], "two": ["a.yml": "changed"]]
        let start = world.now
        try #require(world.settle())
        #expect(world.edited.values.allSatisfy { $0.isEmpty })
        #expect(world.now - start < .seconds(300))
    }
}
