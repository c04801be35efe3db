import Foundation
import StokerCore
import StokerHost
import TestSupport
import Testing

/// The stoker.yml of the examples, as the reader has them.
@Suite struct ExampleTests {
    @Test("examples/pair: one folder in two environments, the second after the first with a soak")
    func pair() throws {
        let file = "\(Programs.repository)/examples/pair/stoker.yml"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        let configuration = try ConfigFile.read(Array(bytes), name: file).configuration
        let (a, b) = (configuration.environments[0], configuration.environments[1])
        #expect(configuration.environments.map(\.name) == ["a", "b"])
        #expect(a.layers == b.layers)
        #expect(a.after == Upstreams())
        #expect(b.after == Upstreams(["a"]))
        #expect(b.gates == GateConfiguration(soak: .seconds(1800)))
        #expect(a.remote?.url == "https://prometheus-a.example.com/stoker")
        #expect(b.remote?.url == "https://prometheus-b.example.com/stoker")
        #expect(a.targets == b.targets)
        #expect(a.verify == b.verify)
    }
}
