import StokerCore

extension ValidationRun {
    /// Every routing case of the repository, asked of amtool with the staged file.
    nonisolated(nonsending) func routes() async -> Judgement {
        let request = staged.request
        guard !request.routingTests.isEmpty, let main = request.target.configFile else {
            return .accepted(warnings: [])
        }
        let amtool: String
        switch await routingProgram() {
        case .success(let found): amtool = found.path
        case .failure(let unavailable): return .environmental(unavailable.failure)
        }
        let file = tree.path(StagedConfiguration.targetFolder + "/" + main)
        var findings: [Finding] = []
        for path in request.routingTests.sorted() {
            let name = request.repositoryPath(path)
            guard let bytes = HostFiles.read(tree.path(StagedConfiguration.testsFolder + "/" + path), limit: 16 << 20)
            else {
                findings.append(Finding(file: name, message: "the routing cases cannot be read"))
                continue
            }
            let cases = RoutingCases(bytes, target: request.target.id)
            findings += cases.problems.map { Finding(file: name, line: $0.line, message: $0.message) }
            for one in cases.cases where findings.count < Self.findingLimit {
                switch await route(one, amtool, file, name) {
                case .success(let finding): findings += finding.map { [$0] } ?? []
                case .failure(let failure): return .environmental(failure)
                }
            }
        }
        return findings.isEmpty ? .accepted(warnings: []) : .rejected(.ruleTestsFailed, findings)
    }

    /// amtool, wherever the validator is something else.
    private nonisolated(nonsending) func routingProgram() async -> Result<ValidatorProgram.Found, ValidatorUnavailable>
    {
        guard let checker = staged.request.target.profile.checker else {
            return .failure(ValidatorUnavailable("routing_tests need amtool, which this kind does not have"))
        }
        var chosen: String?
        if case .program(let name) = staged.request.target.validator { chosen = name }
        return await program.find(chosen, for: checker)
    }

    /// Nil where the labels reach the receivers.
    private nonisolated(nonsending) func route(
        _ one: RoutingCases.Case, _ amtool: String, _ file: String, _ name: String
    ) async -> Result<Finding?, Failure> {
        let left = deadline - ContinuousClock.now
        guard left > .zero else { return .failure(late(amtool)) }
        let result = await ChildProcess.run(
            amtool, ["config", "routes", "test", "--config.file=\(file)"] + one.matchers,
            workingDirectory: tree.path(StagedConfiguration.targetFolder), limit: left, outputLimit: 64 << 10)
        switch result.exit {
        case .exited(0):
            let told = result.standardOutput.text.split(separator: "\n").first.map { String($0).trimmingBlanks } ?? ""
            let wanted = one.receivers.joined(separator: ",")
            if told == wanted { return .success(nil) }
            let labels = one.matchers.isEmpty ? "an alert without labels" : one.matchers.joined(separator: ", ")
            return .success(
                Finding(file: name, line: one.line, message: "\(labels) reaches \(told) and not \(wanted)"))
        case .exited(let code):
            let said = result.standardError.text.split(separator: "\n").last.map(String.init) ?? "exit code \(code)"
            return .success(
                Finding(file: name, line: one.line, message: words.clean("amtool cannot judge the case: \(said)")))
        case .timedOut: return .failure(late(amtool))
        case .signalled(let signal):
            return .failure(
                Failure(
                    .validationFailed, .environmental,
                    "\(amtool) was ended by signal \(signal): look for a lack of memory; it is tried again"))
        case .couldNotStart(let why):
            return .failure(Failure(.validationFailed, .environmental, "\(why): install it or correct `validate`"))
        }
    }

    private func late(_ program: String) -> Failure {
        Failure(
            .validationFailed, .environmental,
            "\(program) was not done after \(staged.request.limit.prometheusText): look what holds it; it is tried again"
        )
    }
}

extension String {
    /// Without blanks at both ends.
    fileprivate var trimmingBlanks: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }
}
