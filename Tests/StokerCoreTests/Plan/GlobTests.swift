import StokerCore
import Testing

@Suite("Globs") struct GlobTests {
    // The table of Go's path/filepath/match_test.go, without what is no pattern.
    @Test(
        "match as Go's filepath.Match does",
        arguments: [
            ("abc", "abc", true), ("*", "abc", true), ("*c", "abc", true), ("a*", "a", true), ("a*", "abc", true),
            ("a*", "ab/c", false), ("a*/b", "abc/b", true), ("a*/b", "a/c/b", false),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", true), ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false), ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true), ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true), ("ab[b-d]", "abc", true), ("ab[e-g]", "abc", false), ("ab[^c]", "abc", false),
            ("ab[^b-d]", "abc", false), ("ab[^e-g]", "abc", true), ("a\\*b", "a*b", true), ("a\\*b", "ab", false),
            ("a?b", "a☺b", true), ("a[^a]b", "a☺b", true), ("a???b", "a☺b", false), ("a[^a][^a][^a]b", "a☺b", false),
            ("[a-ζ]*", "α", true), ("*[a-ζ]", "A", false), ("a?b", "a/b", false), ("a*b", "a/b", false),
            ("[\\]a]", "]", true), ("[\\-]", "-", true), ("[x\\-]", "x", true), ("[x\\-]", "-", true),
            ("[x\\-]", "z", false), ("[\\-x]", "x", true), ("[\\-x]", "-", true), ("[\\-x]", "a", false),
            ("*x", "xxx", true), ("", "", true), ("", "a", false), ("a", "", false), ("*", "", true),
            ("**", "ab", true),
            ("[z-a]", "m", false), ("*.yml", "rules.yml.bak", false), ("*.yml", ".hidden.yml", true),
        ])
    func goMatch(pattern: String, name: String, expected: Bool) {
        #expect(Glob.goMatch(pattern, name) == expected)
        #expect(Glob.problem(pattern) == nil)
    }

    @Test(
        "refuse what Go refuses",
        arguments: ["[]a]", "[-]", "[x-]", "[-x]", "[a-b-c]", "[", "[^", "[^bc", "a[", "a\\", "[\\", "[a-\\"])
    func badPatterns(pattern: String) {
        #expect(Glob.problem(pattern)?.pattern == pattern)
        #expect(!Glob.goMatch(pattern, "a"))
    }

    @Test("take time that does not explode") func manyStars() {
        let name = String(repeating: "a", count: 2000)
        #expect(!Glob.goMatch(String(repeating: "a*", count: 200) + "b", name))
    }

    @Test(
        "find files component by component, as rule_files do",
        arguments: [
            ("rules/*.yml", "rules/a.yml", true), ("rules/*.yml", "rules/sub/a.yml", false),
            ("./rules//*.yml", "rules/a.yml", true), ("rules/../rules/*", "rules/a", true),
            ("*/*.yml", "rules/a.yml", true), ("/etc/p/*.yml", "/etc/p/a.yml", true), ("/etc/p/*", "etc/p/a", false),
            ("rules.yml", "rules.yml", true), ("r[/]x", "r/x", false),
        ])
    func goGlob(pattern: String, path: String, expected: Bool) {
        #expect(Glob.goGlob(pattern, finds: path) == expected)
    }

    @Test(
        "exclude names at any depth, paths from the root, and folders with all below",
        arguments: [
            ("*.md", "README.md", true), ("*.md", "docs/deep/x.md", true), ("*.md", "x.mdx", false),
            ("docs", "docs/a/b.yml", true), ("docs", "docs", true), ("docs", "x/docs/b.yml", true),
            ("docs/", "docs/a.yml", true), ("docs/", "x/docs/a.yml", true), ("docs/", "docs", false),
            ("docs/", "mydocs/a.yml", false), ("/docs", "docs/a.yml", true), ("/docs", "x/docs/a.yml", false),
            ("tests/*.yml", "tests/a.yml", true), ("tests/*.yml", "tests/x/a.yml", false),
            ("tests/*.yml", "x/tests/a.yml", false), ("./tests/*.yml", "tests/a.yml", true),
            ("tests/*", "tests/x/a.yml", true), ("a/b", "a/b/c/d", true), ("a/b", "a/bc", false), ("a/b", "a", false),
            ("**/*.md", "x.md", true), ("**/*.md", "a/b/x.md", true), ("a/**/z.yml", "a/z.yml", true),
            ("a/**/z.yml", "a/b/c/z.yml", true), ("a/**/z.yml", "b/z.yml", false), ("docs/**", "docs/a/b", true),
            ("docs/**", "docs", false), ("**", "anything/at.all", true), ("[ab].yml", "sub/b.yml", true),
            ("[^ab].yml", "sub/b.yml", false), ("\\*.yml", "x.yml", false), ("\\*.yml", "*.yml", true),
            ("*", "a/b.yml", true), ("a/*/", "a/b", false), ("a/*/", "a/b/c", true),
        ])
    func exclude(pattern: String, path: String, expected: Bool) throws {
        #expect(try Glob(pattern).matches(path) == expected)
    }

    @Test(
        "name nothing, leave the folder or are malformed: errors", arguments: ["", "/", ".", "./", "../x", "a/[", "[a"])
    func invalid(pattern: String) {
        #expect(throws: GlobError.self) { try Glob(pattern) }
    }

    @Test("say what is wrong") func message() {
        #expect(
            Glob.problem("rules/[a")?.description
                == #"the pattern "rules/[a" is not valid: "[" is not closed; correct or escape it"#)
    }
}
