import StokerCore
import Testing

/// Paths as Go's filepath treats them.
@Suite struct LexicalPathTests {
    @Test(arguments: [("/a", "b", "/a/b"), ("/a", "../b", "/b"), ("/a", "/c//d/.", "/c/d"), ("x", "y/..", "x")])
    func `joined`(_ folder: String, _ path: String, _ expected: String) {
        #expect(LexicalPath.join(folder, path) == expected)
    }

    @Test func `folder and name`() {
        #expect(
            LexicalPath.directory(of: "a/b") == "a" && LexicalPath.directory(of: "a") == "."
                && LexicalPath.directory(of: "/a") == "/")
        #expect(LexicalPath.name(of: "a/b") == "b" && LexicalPath.name(of: "a") == "a")
    }

    @Test func `below`() {
        #expect(LexicalPath.relative("/a/b/c", below: "/a") == "b/c")
        #expect(LexicalPath.relative("/ab", below: "/a") == nil && LexicalPath.relative("/a", below: "/a") == nil)
        #expect(LexicalPath.relative("/a", below: "/") == "a" && LexicalPath.relative("../x", below: ".") == nil)
    }
}
