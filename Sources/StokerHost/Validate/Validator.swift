import StokerCore
import YAML

/// Judges a target's configuration before anything live changes. One for each target; not to be used by two tasks at
/// once, because it keeps one copy of the target's folder.
public final class Validator {
    private let tree: ValidationTree
    private let program = ValidatorProgram()

    /// - Parameter folder: an absolute path in the storage directory, for this validator alone. What is there is removed.
    public init(folder: String) { tree = ValidationTree(root: folder) }

    /// Who would judge, for the memory of rejections; an error where there is nobody.
    nonisolated(nonsending) public func identity(
        for request: ValidationRequest
    ) async -> Result<ValidatorIdentity, ValidatorUnavailable> {
        let target = request.target
        let name: String
        var stamp = ""
        var version = ""
        switch target.validator {
        case .program(let chosen):
            guard let checker = target.profile.checker else {
                name = "no validator"
                break
            }
            switch await self.program.find(chosen, for: checker) {
            case .success(let found):
                let tool = checker.programs.first ?? LexicalPath.name(of: found.path)
                name = found.version.isEmpty ? tool : "\(tool) \(found.version)"
                stamp = found.stamp
                version = found.version
            case .failure(let unavailable): return .failure(unavailable)
            }
        case .command(let words):
            switch program.command(words.first ?? "") {
            case .success(let found): (name, stamp) = (LexicalPath.name(of: found.path), found.stamp)
            case .failure(let unavailable): return .failure(unavailable)
            }
        }
        let parts = [
            Self.preflightVersion, name, stamp, "\(target.validator)", target.path, target.configFile ?? "none",
            request.view.deployTo, request.view.seenAt, request.view.outside.rawValue, request.webConfigFile ?? "",
        ]
        return .success(ValidatorIdentity(name: name, version: version, fingerprint: parts.joined(separator: "|")))
    }

    /// Counted up when our own checks change their mind, so that remembered rejections are looked at again.
    private static let preflightVersion = "preflight 2"

    /// ConfigPreflight, then the validator, then rule tests. Never throws: whatever goes wrong is an outcome. Files are read
    /// and written on the caller's executor; programs run beside it.
    nonisolated(nonsending) public func validate(
        _ request: ValidationRequest, blobs: any Blobs
    ) async -> ValidationOutcome {
        let identity: ValidatorIdentity
        switch await self.identity(for: request) {
        case .success(let found): identity = found
        case .failure(let unavailable): return .environmental(unavailable.failure)
        }
        let mismatch = identity.mismatch(with: request)
        if let mismatch, request.target.validatorMatch == .strict {
            return .environmental(
                Failure(
                    .validationFailed, .environmental,
                    "\(mismatch), and validator_match is strict: install the validator of that version or name it in "
                        + "validate.program"))
        }
        do throws(StagingError) {
            let staged = try StagedConfiguration(request, root: tree.root, blobs: blobs)
            try tree.stage(staged.entries, blobs: blobs)
            var verdict = try preflight(staged, blobs)
            if let mismatch { verdict.warnings.append(Finding(file: "", message: mismatch)) }
            let run = ValidationRun(staged, tree: tree, program: program)
            let judgement = await run.judge()
            return outcome(request, verdict, judgement, identity.name)
        } catch {
            return .environmental(Failure(.validationFailed, .environmental, error.message))
        }
    }

    /// Bad content is said before missing files: it stays bad when they come.
    private func outcome(
        _ request: ValidationRequest, _ verdict: ConfigPreflight.Verdict, _ judgement: ValidationRun.Judgement,
        _ name: String
    ) -> ValidationOutcome {
        let own = verdict.findings.map(request.named)
        switch judgement {
        case .environmental(let failure):
            return own.isEmpty
                ? .environmental(failure) : .rejected(reason: .validationFailed, findings: own, validator: name)
        case .rejected(let reason, let findings):
            // A test that fails on a configuration that is refused anyway is not the reason.
            let told = own + findings.filter { !own.contains($0) }
            return .rejected(reason: own.isEmpty ? reason : .validationFailed, findings: told, validator: name)
        case .accepted(let warnings):
            if !own.isEmpty { return .rejected(reason: .validationFailed, findings: own, validator: name) }
            if !verdict.missing.isEmpty { return .missingFiles(verdict.missing.map(request.named)) }
            return .accepted(warnings: verdict.warnings.map(request.named) + warnings, validator: name)
        }
    }

    private func preflight(
        _ staged: StagedConfiguration, _ blobs: any Blobs
    ) throws(StagingError) -> ConfigPreflight.Verdict {
        let request = staged.request
        var preflight = ConfigPreflight(
            configFile: request.target.configFile, main: staged.main, references: staged.references,
            files: request.files, ruleFiles: try changedRuleFiles(staged, blobs), previous: previous(staged, blobs),
            view: request.view, host: staged.observation)
        preflight.product = request.target.profile.product
        var verdict = preflight.verdict()
        for path in staged.observation.unreadable.sorted() {
            verdict.warnings.append(
                Finding(file: path, message: "the file cannot be read by Stoker and was not validated"))
        }
        return verdict
    }

    /// What the change starts from. Where its main file cannot be read, everything counts as old: a doubt must not
    /// become a rejection.
    private func previous(_ staged: StagedConfiguration, _ blobs: any Blobs) -> ConfigPreflight.Previous? {
        guard let files = staged.request.previous, !files.isEmpty else { return nil }
        guard let configFile = staged.request.target.configFile, let file = files[configFile] else {
            return ConfigPreflight.Previous(main: nil, references: ConfigReferences(), files: files)
        }
        do {
            let main = try YAML.parse(try ValidationTree.bytes(of: file.blob, configFile, blobs))
            let references = ConfigReferences(of: main, file: configFile, view: staged.request.view)
            return ConfigPreflight.Previous(main: main, references: references, files: files)
        } catch {
            return ConfigPreflight.Previous(main: nil, references: staged.references, files: files)
        }
    }

    /// The rule files that are new or changed, parsed; those that do not parse are left to promtool.
    private func changedRuleFiles(
        _ staged: StagedConfiguration, _ blobs: any Blobs
    ) throws(StagingError) -> [String: Node] {
        var nodes: [String: Node] = [:]
        for path in staged.ruleFiles {
            guard let file = staged.request.files[path], staged.request.previous?[path]?.blob != file.blob else {
                continue
            }
            let bytes = try ValidationTree.bytes(of: file.blob, path, blobs)
            do throws(YAMLError) { nodes[path] = try YAML.parse(bytes, merge: .writtenWins) } catch { continue }
        }
        return nodes
    }
}
