import Foundation
import TestSupport
import Testing

@testable import StokerHost

/// Who listens where.
@Suite struct ListenersTests {
    @Test func theTableIsReadAsTheKernelPrintsIt() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
               1: 0100007F:2383 0100007F:1234 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
               2: 00000000000000000000000000000000:2384 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
               3: 00000000:2385 nonsense
            """
        let found = Listeners.parse(text)
        #expect(found.map(\.port) == [0x2382, 0x2384])
        let local = HostAddress(bytes: [127, 0, 0, 1])
        let remote = HostAddress(bytes: [192, 0, 2, 1])
        #expect(found[0].accepts(local) && !found[0].accepts(remote) && found[0].isLoopbackOnly)
        // All addresses of IPv6 are those of IPv4, too.
        #expect(found[1].accepts(remote) && !found[1].isLoopbackOnly)
    }

    @Test func theProcessThatListensIsFound() throws {
        let server = try SilentServer()
        defer { server.stop() }
        let inodes = Set(Listeners.read().filter { $0.port == Int(server.port) }.map(\.inode))
        #expect(!inodes.isEmpty)
        #expect(Listeners.owner(of: inodes) == getpid())
        #expect(Listeners.owner(of: [UInt64.max]) == nil)
    }

    @Test func addressesOfThisHostAreKnown() async throws {
        let local = try await HostAddress.resolve("localhost").get()
        #expect(local.contains(HostAddress(bytes: [127, 0, 0, 1])) && local.contains(where: \.isOurs))
        #expect(
            try await HostAddress.resolve("[::1]").get() == [HostAddress(bytes: [UInt8](repeating: 0, count: 15) + [1])]
        )
        let other = try await HostAddress.resolve("192.0.2.1").get()
        #expect(other == [HostAddress(bytes: [192, 0, 2, 1])] && !other.contains(where: \.isOurs))
        guard case .failure(let problem) = await HostAddress.resolve("nowhere.invalid") else {
            Issue.record("resolved")
            return
        }
        #expect(!problem.message.isEmpty)
    }
}
