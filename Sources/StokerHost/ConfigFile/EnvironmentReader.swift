import StokerCore

/// One item of `environments`.
struct EnvironmentReader {
    private let fields: FieldReader
    private let overlaps: Overlaps
    private let graph: UpstreamGraph
    private let zones: ZoneList

    init(_ fields: FieldReader, _ overlaps: Overlaps, _ graph: UpstreamGraph, _ zones: ZoneList) {
        self.fields = fields
        self.overlaps = overlaps
        self.graph = graph
        self.zones = zones
    }

    /// Nil where a required key is missing; then it is reported.
    func read() -> EnvironmentConfiguration? {
        let name = fields.requiredName("name")
        if let name { overlaps.claim(environment: name) }
        let layers = layers()
        let ref = RefReader(fields).read()
        let exclude = globs("exclude")
        let ruleTests = globs("rule_tests")
        let routingTests = globs("routing_tests")
        let drift = fields.choice("drift", default: EnvironmentConfiguration.Drift.report)
        let verify = fields.section("verify").map { VerifyReader($0).read() }
        let (after, upstreams) = UpstreamsReader(fields).read()
        graph.add(name?.value, after: upstreams)
        let gates = gates()
        let advance = advance()
        let bake = fields.duration("bake", default: .zero, zero: .allowed)
        fields.refuseNull("remote")
        let remote = fields.section("remote").flatMap { RemoteReader($0).read() }
        let targets = targets(of: name?.value ?? "", overlaps.places(of: remote))
        requireQueries(verify?.checks ?? [], "verify", of: targets.first)
        requireQueries(gates.checks, "gates", of: targets.first)
        fields.finish(later: Later.environmentKeys)
        guard let name else { return nil }
        return EnvironmentConfiguration(
            name: EnvironmentName(name.value), layers: layers, ref: ref, exclude: exclude, ruleTests: ruleTests,
            routingTests: routingTests, drift: drift, verify: verify, targets: targets, after: after, gates: gates,
            advance: advance, bake: bake, remote: remote)
    }

    private func gates() -> GateConfiguration {
        fields.refuseNull("gates")
        let hasUpstreams = fields.value("after") != nil
        return fields.section("gates").map { GatesReader($0, zones, hasUpstreams: hasUpstreams).read() }
            ?? GateConfiguration()
    }

    private func advance() -> Advance {
        if fields.value("advance") != nil, fields.value("after") == nil {
            fields.complain(
                fields.keyMark("advance"),
                "advance needs after with the environments before this one: it chooses among what they have verified")
        }
        return fields.choice("advance", default: Advance.train)
    }

    /// A query needs somebody who answers queries: asked of anything else it would be inconclusive for ever.
    private func requireQueries(_ checks: [CheckConfiguration], _ key: String, of target: TargetConfiguration?) {
        guard let target, target.kind != .prometheus, target.kind != .generic else { return }
        for check in checks {
            guard case .query(_, _, nil) = check.question else { continue }
            fields.complain(
                fields.keyMark(key),
                "the check \(quoted(check.name)) would be asked of target \(quoted(target.id.description)), which is "
                    + "\(target.profile.product) and answers no queries: give the check the url of a Prometheus")
        }
    }

    private func layers() -> [String] {
        let one = fields.value("path")
        let several = fields.value("paths")
        switch (one, several) {
        case (nil, nil):
            fields.complain(fields.mark, "an environment needs path or paths; path: . is the whole repository")
            return []
        case (_?, _?):
            fields.complain(fields.keyMark("paths"), "path and paths exclude each other")
            return []
        case (_?, nil):
            return fields.relativePath("path").map { [$0.value] } ?? []
        case (nil, let list?):
            if list.items?.isEmpty == true { fields.complain(list.mark, "paths must name at least one folder") }
            return fields.relativePaths("paths").map(\.value)
        }
    }

    private func globs(_ key: String) -> [String] {
        fields.texts(key).compactMap { glob in
            if !glob.value.hasPrefix("/"), !glob.value.split(separator: "/").contains("..") { return glob.value }
            fields.complain(
                glob.mark,
                "an item of \(key) must be a pattern inside the environment's folder, not \(quoted(glob.value))")
            return nil
        }
    }

    /// Another Stoker knows its targets itself: they are checked where they are written.
    private func targets(of environment: String, _ overlaps: Overlaps) -> [TargetConfiguration] {
        if fields.value("remote") != nil, fields.value("targets") == nil { return [] }
        guard let node = fields.required("targets") else { return [] }
        if node.items?.isEmpty == true { fields.complain(node.mark, "targets must name at least one target") }
        var names: [String: Int] = [:]
        return fields.items("targets").compactMap { item in
            guard let target = FieldReader(item, "a target", fields.problems) else { return nil }
            let name = target.requiredName("name")
            if let name, let first = names.updateValue(name.mark.line, forKey: name.value) {
                target.complain(name.mark, "target \(quoted(name.value)) is already on line \(first)")
            }
            return TargetReader(target, environment: environment, overlaps).read(name: name)
        }
    }
}

extension FieldReader {
    /// A name that is fit for file names, labels and command lines.
    func requiredName(_ key: String) -> Located<String>? {
        guard let text = requiredText(key) else { return nil }
        let isFit =
            text.value.utf8.count <= 63
            && text.value.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
                default: false
                }
            }
        if isFit, let first = text.value.utf8.first, first != 0x2d, first != 0x2e { return text }
        complain(
            text.mark,
            "\(key) must be at most 63 letters, digits, \"-\", \"_\" or \".\", starting with none of \"-\" and \".\", not \(quoted(text.value))"
        )
        return nil
    }
}
