import StokerCore
import Testing

@Suite struct TagSeenTests {
    @Test("of a pattern the tag is remembered, of other refs the commit alone")
    func seen() throws {
        let content = Result<ContentID, SourceInvalid>.success(ContentID("good-1"))
        for (ref, tag) in [(GitRef.tagPattern("v1.*"), "v1.4.2" as String?), (.tag("v1.4.2"), nil)] {
            let world = ScriptedWorld()
            world.source = .known(
                Candidate(
                    revision: Revision(ref: "v1.4.2", commit: CommitID("c1")), ref: ref, content: content,
                    relation: .forward))
            try #require(world.settle())
            #expect(world.stored.seen == EnvironmentRecord.Seen(ref: ref, commit: CommitID("c1"), tag: tag))
        }
    }
}
