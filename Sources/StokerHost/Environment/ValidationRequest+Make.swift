import StokerCore

extension ValidationRequest {
    /// What the validator is asked about one target; rule tests run with the first target only.
    @HostActor
    static func make(
        _ target: TargetHost, in environment: EnvironmentConfiguration, files: FileTree, previous: FileTree?,
        snapshot: Snapshot?, runsRuleTests: Bool
    ) -> ValidationRequest {
        let flags = target.rememberedFlags
        let tests = SourceFeed.globs(environment.ruleTests)
        let ruleTests =
            runsRuleTests
            ? (snapshot?.tree.paths ?? []).filter { path in tests.contains { $0.matches(path) } } : []
        let layer = environment.layers.last ?? "."
        var request = ValidationRequest(
            environment: environment.name, target: target.configuration, files: files, previous: previous,
            environmentTree: snapshot?.tree ?? FileTree(), ruleTests: ruleTests, view: target.view(flags),
            webConfigFile: flags?.webConfigPath, repositoryPath: { RelativePath.join(layer, $0) })
        request.runningVersion = target.version
        request.isAgent = flags?.isAgent ?? false
        request.templateFlags = flags?.templates ?? []
        request.folder = target.configuration.folderRoles(flags)
        if target.configuration.kind == .alertmanager {
            let cases = SourceFeed.globs(environment.routingTests)
            request.routingTests = (snapshot?.tree.paths ?? []).filter { path in cases.contains { $0.matches(path) } }
        }
        return request
    }
}
