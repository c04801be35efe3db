import StokerCore
import Testing

/// What the exporters print, as their old and their new releases write their logs.
@Suite struct FamilyOutputTests {
    private let names = StagedNames([.init(path: "/s/target") { "repo/" + $0 }])

    @Test(arguments: [
        """
        ts=2026-11-23T04:51:24.320Z caller=main.go:78 level=info msg="Starting blackbox_exporter" version="0.23.0"
        ts=2026-11-23T04:51:24.320Z caller=main.go:82 level=error msg="Error loading config" err="error parsing config \
        file: yaml: unmarshal errors:\\n  line 2: field nosuch not found in type config.plain"
        """,
        """
        time=2026-11-23T04:51:26.008Z level=INFO source=main.go:98 msg="Starting blackbox_exporter" version="0.28.0"
        time=2026-11-23T04:51:26.028Z level=ERROR source=main.go:102 msg="Error loading config" err="error parsing config \
        file: yaml: unmarshal errors:\\n  line 2: field nosuch not found in type config.plain"
        time=2026-11-23T04:51:26.028Z level=ERROR source=main.go:227 msg="Possible version mismatch"
        """,
    ])
    func `an exporter's cause is one complaint with its line`(_ text: String) {
        let complaints = FamilyOutput.complaints(in: text, names: names)
        #expect(complaints.map(\.line) == [2], "\(complaints)")
        #expect(complaints.map(\.message) == ["field nosuch not found in type config.plain"], "\(complaints)")
    }
}
