import StokerCore
import Testing

@Suite struct SeenPathTests {
    @Test(arguments: [
        ("./x.yml", "x.yml"), ("/a/../b/./c", "/b/c"), ("../x", "../x"), ("a/..", "."), ("/..", "/"), ("a//b/", "a/b"),
    ])
    func cleansLikeGo(_ text: String, _ cleaned: String) {
        #expect(SeenPath.clean(text) == cleaned)
    }

    @Test func relativePathsStartInTheFolder() {
        #expect(SeenPath.absolute("rules/*.yml", in: "/etc/prometheus") == "/etc/prometheus/rules/*.yml")
        #expect(SeenPath.absolute("/srv/x", in: "/etc/prometheus") == "/srv/x")
        #expect(SeenPath.parent("/prometheus.yml") == "/")
        #expect(SeenPath.parent("prometheus.yml") == ".")
    }
}
