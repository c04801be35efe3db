import Testing

@testable import StokerCore

/// Whether what a revision looks like upstream is verified there, and for how long it ran.
@Suite struct EligibilityTests {
    /// What an upstream says of the content.
    enum Word: CaseIterable { case nothing, trouble, unverified, revoked, rejected, noContent, verified }

    private func upstream(
        _ name: EnvironmentName, _ word: Word, soaked: Int64 = 3600, isSoaking: Bool = true,
        takings: [(String, Int64)] = [("new", 0)]
    ) -> UpstreamStanding? {
        let content = ContentID("\(name)-new")
        let verified = UpstreamStanding.Verified(
            content: content, verifiedAt: GateScene.ago(3600), soaked: .seconds(soaked),
            isSoaking: isSoaking,
            takings: takings.map {
                SoakLedger.Taking(
                    revision: GateScene.revision($0.0), at: GateScene.ago(3600), soaked: .seconds($0.1))
            })
        var standing = UpstreamStanding(name: name)
        switch word {
        case .nothing: return nil
        case .trouble:
            // What it said before counts no more.
            standing.verified = [verified]
            standing.trouble = UpstreamStanding.Trouble(since: GateScene.ago(30), message: "refused")
        case .unverified: break
        case .revoked: standing.revoked = [content: "it was rolled back by ada"]
        case .rejected: standing.rejected = [content: "a bad rule"]
        case .noContent, .verified: standing.verified = [verified]
        }
        return standing
    }

    private func contender(
        _ words: [EnvironmentName: Word], unexercised: [EnvironmentName: [String]] = [:]
    ) -> Contender {
        var contents: [EnvironmentName: ContentID] = [:]
        for (name, word) in words where word != .noContent { contents[name] = ContentID("\(name)-new") }
        return Contender(
            candidate: GateScene.contender("new").candidate, upstream: contents, unexercised: unexercised)
    }

    // MARK: What came after the verification

    @Test func whatWasVerifiedAndIsRefusedNowIsNotEligible() {
        var scene = GateScene()
        scene.verify("new")
        #expect(scene.keeper.isEligible(GateScene.contender("new")))
        scene.upstreams[0].rejected = [ContentID("staging-new"): "the check fails since the change"]
        #expect(
            scene.keeper.hold(of: GateScene.contender("new"))?.message
                == "staging refused it: the check fails since the change")
    }

    @Test func whatDoesNotDoWellUpstreamHolds() {
        var scene = GateScene()
        scene.verify("new", "old")
        #expect(scene.keeper.isEligible(GateScene.contender("new")))
        scene.upstreams[0].degraded = [ContentID("staging-new"): "connection refused"]
        #expect(
            scene.keeper.hold(of: GateScene.contender("new"))?.message
                == "staging does not do well with it: connection refused")
        // What it ran before did well.
        #expect(scene.keeper.isEligible(GateScene.contender("old")))
        scene.after = Upstreams(["staging", "canary"], any: true)
        #expect(!scene.keeper.isEligible(GateScene.contender("new")))
    }

    // MARK: One

    @Test(
        arguments: [
            (.nothing, "nothing is known of a yet"), (.trouble, "a cannot be asked: refused"),
            (.unverified, "what main@sha1:new looks like in a is not verified there yet"),
            (.revoked, "a verified it once, but it was rolled back by ada"), (.rejected, "a refused it: a bad rule"),
            (.noContent, "main@sha1:new has no content in a"), (.verified, "verified in a at main@sha1:new"),
        ] as [(Word, String)])
    func onlyAVerificationOpens(_ word: Word, _ message: String) {
        var scene = GateScene()
        scene.after = Upstreams(["a"])
        scene.gates.soak = .seconds(1)
        scene.upstreams = [upstream("a", word)].compactMap { $0 }
        // Breaking the glass does not make up for it.
        scene.record.promotion = Promotion(
            goal: GateScene.goal("new"), actor: "ada", reason: "", at: GateScene.now.wall, breakGlass: true)
        let contender = contender(["a": word])
        let isVerified = word == .verified
        #expect(scene.keeper.isEligible(contender) == isVerified)
        let gate = scene.keeper.standings(of: contender)[1]
        #expect(gate.reason == .waitingForUpstream && gate.isOpen == isVerified && gate.message == message)
        #expect(gate.waitsFor == (isVerified ? nil : "a"))
        #expect(gate.since == (isVerified ? GateScene.ago(3600) : word == .trouble ? GateScene.ago(30) : nil))
        #expect(scene.keeper.hold(of: contender) == (isVerified ? nil : gate))
    }

    @Test func anotherContentOfTheUpstreamIsNoneOfItsBusiness() {
        var scene = GateScene()
        scene.verify("old", "older")
        #expect(!scene.keeper.isEligible(GateScene.contender("new")))
        #expect(scene.keeper.isEligible(GateScene.contender("old")))
        scene.after = Upstreams()
        #expect(scene.keeper.isEligible(GateScene.contender("new")))
    }

    // MARK: Several

    @Test func allMeansAllAndAnyMeansAny() {
        var scene = GateScene()
        for a in Word.allCases {
            for b in Word.allCases {
                scene.upstreams = [upstream("a", a), upstream("b", b)].compactMap { $0 }
                let contender = contender(["a": a, "b": b])
                let isVerified = [a == .verified, b == .verified]
                scene.after = Upstreams(["a", "b"])
                #expect(scene.keeper.isEligible(contender) == !isVerified.contains(false), "\(a), \(b)")
                #expect(scene.keeper.standings(of: contender).dropFirst().map(\.isOpen) == isVerified, "\(a), \(b)")
                scene.after.any = true
                #expect(scene.keeper.isEligible(contender) == isVerified.contains(true), "\(a), \(b)")
                let expected = isVerified.contains(true) ? [true] : isVerified
                #expect(scene.keeper.standings(of: contender).dropFirst().map(\.isOpen) == expected, "\(a), \(b)")
            }
        }
    }

    private func soak(
        _ any: Bool, _ a: (Word, Int64), _ b: (Word, Int64), _ wanted: Int64 = 1800
    ) -> [GateStanding] {
        var scene = GateScene()
        scene.after = Upstreams(["a", "b"], any: any)
        scene.gates.soak = .seconds(wanted)
        scene.upstreams = [upstream("a", a.0, soaked: a.1), upstream("b", b.0, soaked: b.1)].compactMap { $0 }
        return scene.keeper.standings(of: contender(["a": a.0, "b": b.0])).filter { $0.reason == .soaking }
    }

    @Test func soakIsMeasuredInEachOrInTheBest() {
        #expect(soak(false, (.verified, 1800), (.verified, 1799)).map(\.isOpen) == [true, false])
        #expect(soak(false, (.verified, 1800), (.verified, 1799)).map(\.opensIn) == [nil, .seconds(1)])
        #expect(soak(true, (.verified, 1800), (.verified, 1799)).map(\.isOpen) == [true])
        #expect(soak(true, (.verified, 1799), (.verified, 1800)).map(\.isOpen) == [true])
        // The one that is nearest is said.
        #expect(soak(true, (.verified, 600), (.verified, 900)).map(\.opensIn) == [.seconds(900)])
        #expect(soak(true, (.verified, 900), (.verified, 600)).map(\.opensIn) == [.seconds(900)])
        // Where it is not verified there is nothing to measure, however long it ran.
        #expect(soak(true, (.trouble, 3600), (.verified, 600)).map(\.opensIn) == [.seconds(1200)])
        #expect(soak(true, (.revoked, 3600), (.noContent, 3600)).isEmpty)
        #expect(soak(false, (.verified, 0), (.verified, 0), 0).isEmpty)
    }

    @Test func timeThatStandsStillIsSaidAndOpensAtNoTime() throws {
        var scene = GateScene()
        scene.after = Upstreams(["a"])
        scene.gates.soak = .seconds(1800)
        scene.upstreams = [upstream("a", .verified, soaked: 1799, isSoaking: false)].compactMap { $0 }
        let hold = try #require(scene.keeper.hold(of: contender(["a": .verified])))
        #expect(hold.message == "has run for 29m59s of 30m in a, where its time stands still")
        #expect(hold.opensIn == nil && hold.waitsFor == "a")
        // With `any`, time that runs is nearer than time that does not.
        scene.after = Upstreams(["a", "b"], any: true)
        for order in [["a", "b"], ["b", "a"]] as [[EnvironmentName]] {
            scene.after = Upstreams(order, any: true)
            scene.upstreams = order.compactMap {
                upstream($0, .verified, soaked: $0 == "a" ? 1799 : 10, isSoaking: $0 == "b")
            }
            let nearest = try #require(scene.keeper.hold(of: contender(["a": .verified, "b": .verified])))
            #expect(nearest.opensIn == .seconds(1790))
        }
        scene.upstreams = [upstream("a", .verified, soaked: 1800, isSoaking: false)].compactMap { $0 }
        #expect(scene.keeper.hold(of: contender(["a": .verified])) == nil)
    }

    // MARK: Not exercised

    /// What is left of half an hour; nil where it is open.
    private func left(
        soaked: Int64 = 3600, takings: [(String, Int64)], contending: Contending? = nil, unexercised: Bool = true
    ) -> Duration? {
        var scene = GateScene()
        scene.after = Upstreams(["a"])
        scene.gates.soak = .seconds(1800)
        scene.record.contending = contending
        scene.upstreams = [upstream("a", .verified, soaked: soaked, takings: takings)].compactMap { $0 }
        let contender = contender(["a": .verified], unexercised: unexercised ? ["a": ["rules/own.yml"]] : [:])
        let hold = scene.keeper.hold(of: contender)
        if let hold { #expect(hold.reason == .soaking && hold.message.hasSuffix(", since it took this revision")) }
        return hold?.opensIn
    }

    @Test func whatWasNotExercisedSoaksFromTheTaking() {
        #expect(left(takings: [("new", 3000)], unexercised: false) == nil)
        #expect(left(takings: [("new", 3000)]) == .seconds(1200))
        #expect(left(takings: [("new", 1800)]) == nil)
        // The upstream has gone past it, and still knows when it took it.
        #expect(left(takings: [("newer", 3500), ("new", 3000), ("old", 0)]) == .seconds(1200))
        // It went past it without ever taking it: its newest counts.
        #expect(left(takings: [("newer", 3500), ("old", 0)]) == .seconds(1700))
        #expect(left(takings: []) == .seconds(1800))
    }

    @Test func whatIsOnItsWayKeepsItsTaking() {
        func contending(_ content: String, _ name: EnvironmentName, _ seconds: Int64) -> Contending {
            Contending(revision: GateScene.revision(content), takenAt: [name: .seconds(seconds)])
        }
        let newest = [("newer", 3500)] as [(String, Int64)]
        #expect(left(takings: newest, contending: contending("new", "a", 2000)) == .seconds(200))
        #expect(left(takings: newest, contending: contending("new", "a", 1800)) == nil)
        #expect(left(takings: newest, contending: contending("old", "a", 1800)) == .seconds(1700))
        #expect(left(takings: newest, contending: contending("new", "b", 1800)) == .seconds(1700))
        // The upstream's time was revoked since, and has begun anew: it is never less than none.
        #expect(left(soaked: 600, takings: newest, contending: contending("new", "a", 2000)) == .seconds(1800))
    }

    @Test func aBrokenGlassSkipsSoakForItsContentAlone() {
        var scene = GateScene()
        scene.gates.soak = .seconds(1800)
        scene.verify("new", soaked: .zero)
        func hold(_ content: String, _ breakGlass: Bool) -> Reason? {
            scene.record.promotion = Promotion(
                goal: GateScene.goal(content), actor: "ada", reason: "", at: GateScene.now.wall,
                breakGlass: breakGlass)
            return scene.keeper.hold(of: GateScene.contender("new", unexercised: ["own"]))?.reason
        }
        #expect(hold("new", true) == nil)
        #expect(hold("new", false) == .soaking)
        #expect(hold("other", true) == .soaking)
    }
}
