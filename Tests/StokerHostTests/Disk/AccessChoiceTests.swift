import Testing

@testable import StokerHost

/// "Readable stays readable" as a table: user 1 is Stoker, 2 runs Prometheus; group 10 is Stoker's, 20 Prometheus'.
@Suite struct AccessChoiceTests {
    private typealias Facts = AccessChoice.Facts

    private func choose(_ model: Facts, groups: Set<UInt32>, members: Bool = true) -> AccessChoice.Answer {
        AccessChoice.choose(
            like: model, powers: .init(user: 1, groups: groups, isPrivileged: false), isMember: { _, _ in members })
    }

    @Test func rootKeepsEverything() {
        let model = Facts(owner: 2, group: 20, permissions: 0o600)
        let root = AccessChoice.Powers(user: 0, groups: [0], isPrivileged: true)
        #expect(AccessChoice.choose(like: model, powers: root, isMember: { _, _ in false }) == .give(model))
    }

    @Test func ourOwnFileStaysAsItIs() {
        let model = Facts(owner: 1, group: 10, permissions: 0o640)
        #expect(choose(model, groups: [10]) == .give(model))
    }

    @Test func theGroupReadsForTheOwner() {
        let model = Facts(owner: 2, group: 20, permissions: 0o640)
        #expect(choose(model, groups: [10, 20]) == .give(Facts(owner: 1, group: 20, permissions: 0o640)))
        #expect(choose(model, groups: [10, 20], members: false) == .refuse)
    }

    @Test func withoutTheGroupOnlyWhatEverybodyMayRead() {
        #expect(choose(Facts(owner: 2, group: 20, permissions: 0o640), groups: [10]) == .refuse)
        // Our group gets no more than everybody has.
        #expect(
            choose(Facts(owner: 2, group: 20, permissions: 0o664), groups: [10])
                == .give(Facts(owner: 1, group: 10, permissions: 0o644)))
    }

    @Test func aFileForItsOwnerAloneIsRefused() {
        #expect(choose(Facts(owner: 2, group: 10, permissions: 0o600), groups: [10]) == .refuse)
        #expect(choose(Facts(owner: 2, group: 20, permissions: 0o600), groups: [10, 20]) == .refuse)
    }

    @Test func aGroupThatCouldNotReadNeedsNotBeKept() {
        #expect(
            choose(Facts(owner: 1, group: 20, permissions: 0o600), groups: [10])
                == .give(Facts(owner: 1, group: 10, permissions: 0o600)))
    }
}
