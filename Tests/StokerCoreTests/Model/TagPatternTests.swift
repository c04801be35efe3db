import StokerCore
import Testing

@Suite struct TagPatternTests {
    @Test("the order of semver.org, section 11, and numbers that no integer holds")
    func precedence() throws {
        let ascending = [
            "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
            "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2", "1.10.0", "2.0.0",
            "2.0.99999999999999999999999999", "2.0.100000000000000000000000000",
        ]
        for (index, low) in ascending.enumerated() {
            for (other, high) in ascending.enumerated() {
                let a = try #require(TagVersion(low))
                let b = try #require(TagVersion(high))
                #expect((a < b) == (index < other), "\(low) < \(high)")
                #expect((a == b) == (index == other), "\(low) == \(high)")
            }
        }
    }

    @Test(
        "what is no version",
        arguments: [
            "", "1", "1.2.3.4", "1..2", "1.2.", ".1.2", "01.2.3", "1.02.3", "1.2.03", "1.2.3-", "1.2.3-01",
            "1.2.3-a..b",
            "1.2.3+", "1.2.3-ä", "v1.2.3", "1.2.3 ", "1.2.x", "-1.2.3", "1.2.3+a+b",
        ])
    func noVersion(_ text: String) { #expect(TagVersion(text) == nil) }

    @Test("two parts count as three, and the build is no part of the order")
    func equal() {
        #expect(TagVersion("1.4") == TagVersion("1.4.0"))
        #expect(TagVersion("1.4.0+a") == TagVersion("1.4.0+b"))
        #expect(TagVersion("1.4-rc.1") == TagVersion("1.4.0-rc.1"))
    }

    @Test(
        "which tag a pattern follows",
        arguments: [
            ("v1.*", ["v1.4.2", "v1.10.0", "v2.0.0", "v1.9.9", "1.11.0"], "v1.10.0"),
            ("v*", ["v1.4.2", "v2.0.0-rc.1", "vendor", "v1.x"], "v1.4.2"),
            ("v*", ["v1.4", "v1.3.9"], "v1.4"),
            ("release-*", ["release-2.0", "release-10.0", "release-final"], "release-10.0"),
            (
                "monitoring/v*", ["monitoring/v1.0.0", "v9.0.0", "monitoring/v1.1.0", "monitoring/v2/x"],
                "monitoring/v1.1.0"
            ),
            ("monitoring/v1.[2-3].*", ["monitoring/v1.2.9", "monitoring/v1.4.0"], "monitoring/v1.2.9"),
            ("*", ["1.0.0", "v2.0.0", "a/3.0.0"], "1.0.0"),
            ("k8s-v1.*", ["k8s-v1.2.0", "k8s-v1.3.0"], "k8s-v1.3.0"),
            ("v?.0.0", ["v1.0.0", "v2.0.0", "v10.0.0"], "v2.0.0"),
            ("v[0-9]*", ["v1.0.0", "v2.0.0-rc.1"], "v1.0.0"),
            ("v1.*-*", ["v1.0.0", "v1.1.0-rc.2", "v1.1.0-rc.10"], "v1.1.0-rc.10"),
            ("v1.2.3-rc*", ["v1.2.3", "v1.2.3-rc.1", "v1.2.3-rc.2"], "v1.2.3-rc.2"),
            ("v1.*", ["v1.0.0+b", "v1.0.0+c", "v1.0.0+a"], "v1.0.0+c"),
        ] as [(String, [String], String)])
    func highest(_ pattern: String, _ tags: [String], _ winner: String) throws {
        let read = try #require(TagPattern(pattern))
        for shift in tags.indices { #expect(read.highest(of: tags[shift...] + tags[..<shift]) == winner) }
        for tag in tags where tag != winner { #expect(!read.isHigher(tag, than: winner)) }
        #expect(read.highest(of: ["x", "", "v"]) == nil)
    }

    @Test("a pattern that is none")
    func malformed() {
        #expect(TagPattern("v[") == nil)
        #expect(TagPattern("v1.*")?.literal == "v1.")
    }
}
