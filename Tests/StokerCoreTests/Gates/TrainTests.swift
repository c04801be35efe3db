import StokerCore
import Testing

/// An environment that others soak in takes newer revisions when what it runs has soaked for them.
@Suite struct TrainTests {
    private static func world(_ wishes: DownstreamWish...) throws -> ScriptedWorld {
        let world = try PolicyTests.verified(ScriptedWorld())
        world.downstreams = wishes
        world.push("good-2")
        world.turn()
        return world
    }

    @Test("what runs soaks for who wants it, and no longer")
    func waits() throws {
        let world = try Self.world(
            DownstreamWish(name: "production", soak: .seconds(600), wants: true),
            DownstreamWish(name: "edge", soak: .seconds(6000), wants: false))
        #expect(world.disk == ["prometheus": "good-1"])
        let hold = try #require(world.loop.currentHold)
        #expect(hold.reason == .soaking && hold.lasting.hasSuffix("soaks here for production; newer commits wait"))
        #expect(try #require(hold.opensIn) <= .seconds(600))
        // The newest of those that wait comes, and only that.
        world.push("good-3")
        world.pass(.seconds(300))
        world.turn()
        #expect(world.disk == ["prometheus": "good-1"])
        world.pass(.seconds(301))
        try #require(world.settle())
        #expect(world.disk == ["prometheus": "good-3"] && !world.acts.contains { $0.contains("good-2") })
        #expect(world.status.outcome == "verified", "\(world.status)")
    }

    @Test("for who does not want it nothing waits, nor for who has waited long enough")
    func goesOn() throws {
        let world = try Self.world(
            DownstreamWish(name: "production", soak: .seconds(600), wants: false),
            DownstreamWish(name: "edge", soak: .zero, wants: true))
        try #require(world.settle())
        #expect(world.disk == ["prometheus": "good-2"])
    }

    @Test("what a person chose does not wait for who soaks here")
    func promoted() throws {
        let world = try Self.world(DownstreamWish(name: "production", soak: .seconds(600), wants: true))
        try #require(world.loop.currentHold?.reason == .soaking)
        guard case .known(let newest) = world.source else { return #expect(Bool(false), "nothing was pushed") }
        world.ask(
            .promote(Goal(revision: newest.revision, content: ContentID("good-2")), reason: "now", breakGlass: false))
        world.turn()
        #expect(world.disk == ["prometheus": "good-2"])
    }
}
