import Digests
import HTTP
import StokerCore
import YAML

/// Asks one process for evidence before a deploy and for proof after it. Holds no state: evidence and expectation are
/// values that the caller stores, so that proof goes on after a restart of ours.
public struct Prover: Sendable {
    let client: PrometheusClient
    /// What is known of its program.
    var profile: KindProfile { client.profile }
    let now: @Sendable () -> Instant

    /// A prover of one target.
    public init(client: PrometheusClient, now: @escaping @Sendable () -> Instant) {
        self.client = client
        self.now = now
    }

    /// The steady state's question: ready, and runtimeinfo.
    public func look() async -> RuntimeLook { await client.look() }

    /// The folder of the main file as the process sees it; what `seen_at` is where it is not written.
    public func seenDirectory() async throws(PrometheusError) -> String {
        try await client.flags().configDirectory
    }

    /// The flags that tell where the process looks.
    public func flags() async throws(PrometheusError) -> ProcessFlags { try await client.flags() }

    /// The user's checks, in their order, one after the other.
    /// - Parameter due: the places of those that are asked; nil for all.
    public func results(
        of checks: [CheckConfiguration], due: Set<Int>? = nil
    ) async -> [Probe.CheckResult] {
        await CheckAsker(target: client).results(of: checks, due: due)
    }

    func context(_ flags: ProcessFlags?) -> Containment.Context {
        Containment.Context(
            configDirectory: flags?.configDirectory ?? ".", workingDirectory: flags?.workingDirectory ?? "")
    }
}
