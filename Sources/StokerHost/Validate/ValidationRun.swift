import StokerCore

/// The programs that are asked about one staged copy, in order.
struct ValidationRun {
    /// What they say together.
    enum Judgement: Sendable {
        case accepted(warnings: [Finding])
        case rejected(Reason, [Finding])
        case environmental(Failure)
    }

    /// Bytes kept of what one program prints.
    private static let outputLimit = 1 << 20
    /// Bytes of file names given to one program; the system allows about two million.
    private static let argumentLimit = 500_000

    /// More findings than anybody reads.
    static let findingLimit = 100

    let staged: StagedConfiguration
    let tree: ValidationTree
    let program: ValidatorProgram
    let deadline: ContinuousClock.Instant
    let words: ValidatorWords

    init(_ staged: StagedConfiguration, tree: ValidationTree, program: ValidatorProgram) {
        self.staged = staged
        self.tree = tree
        self.program = program
        deadline = ContinuousClock.now + staged.request.limit
        words = ValidatorWords(staged, tree: tree)
    }

    /// The configuration first; tests only of what is accepted.
    nonisolated(nonsending) func judge() async -> Judgement {
        var warnings: [Finding] = []
        var findings: [Finding] = []
        for question in questions() {
            switch await ask(question) {
            case .accepted(let more): warnings += more
            case .rejected(_, let more): findings += more
            case .environmental(let failure): return .environmental(failure)
            }
        }
        if !findings.isEmpty { return .rejected(.validationFailed, findings) }
        switch await routes() {
        case .accepted: break
        case .rejected(let reason, let more): return .rejected(reason, more)
        case .environmental(let failure): return .environmental(failure)
        }
        guard !staged.request.ruleTests.isEmpty else { return .accepted(warnings: warnings) }
        let tests = staged.request.ruleTests.sorted().map { tree.path(StagedConfiguration.testsFolder + "/" + $0) }
        switch await ask(Question(tool: .promtool, arguments: ["test", "rules"], tests: tests, about: .tests)) {
        case .accepted(let more): return .accepted(warnings: warnings + more)
        case .rejected(_, let more): return .rejected(.ruleTestsFailed, more)
        case .environmental(let failure): return .environmental(failure)
        }
    }

    /// One call of a program.
    struct Question {
        enum Tool {
            case promtool
            /// The validator of the target's kind.
            case kind
            case command([String])
        }
        enum About { case configuration, webConfig, tests }
        let tool: Tool
        let arguments: [String]
        /// Files of tests, which follow the arguments.
        var tests: [String] = []
        let about: About
    }

    private func questions() -> [Question] {
        let folder = tree.path(StagedConfiguration.targetFolder)
        let main = staged.request.target.configFile.map { folder + "/" + $0 }
        var questions: [Question] = []
        switch staged.request.target.validator {
        case .command(let words):
            questions.append(Question(tool: .command(words), arguments: [main ?? folder], about: .configuration))
        case .program:
            guard let checker = staged.request.target.profile.checker else { break }
            let tool: Question.Tool = checker.style == .promtool ? .promtool : .kind
            if let main {
                var arguments = checker.main.map { $0.replacing("{}", with: main) }
                if staged.request.isAgent { arguments.insert("--agent", at: arguments.count - 1) }
                questions.append(Question(tool: tool, arguments: arguments, about: .configuration))
            } else {
                questions += ruleQuestions(folder, checker, tool)
            }
        }
        if let web = staged.webConfig {
            questions.append(
                Question(tool: .promtool, arguments: ["check", "web-config", folder + "/" + web], about: .webConfig))
        }
        return questions
    }

    /// `check rules` in as many calls as the system's limit of arguments asks for.
    private func ruleQuestions(
        _ folder: String, _ checker: KindProfile.Checker, _ tool: Question.Tool
    ) -> [Question] {
        guard var start = checker.rules else { return [] }
        // vmalert's annotations may use templates, which it must be given.
        for pattern in staged.request.templateFlags {
            let place = staged.request.view.place(pattern)
            if case .ours(let path) = place { start.append("-rule.templates=\(folder)/\(path)") }
        }
        var calls: [[String]] = []
        var size = Self.argumentLimit
        for path in staged.ruleFiles.map({ folder + "/" + $0 }) {
            size += path.utf8.count + 15
            if size > Self.argumentLimit {
                calls.append([])
                size = 0
            }
            calls[calls.count - 1].append(checker.rule.replacing("{}", with: path))
        }
        return calls.map { Question(tool: tool, arguments: start + $0, about: .configuration) }
    }

    private nonisolated(nonsending) func ask(_ question: Question) async -> Judgement {
        let path: String
        var arguments = question.arguments + question.tests
        switch question.tool {
        case .command(let words):
            path = words.first ?? ""
            arguments = Array(words.dropFirst()) + arguments
        case .promtool, .kind:
            switch await checkerPath(question) {
            case .success(let found): path = found.path
            case .failure(let unavailable): return .environmental(unavailable.failure)
            }
        }
        let left = deadline - ContinuousClock.now
        guard left > .zero else { return timedOut(path) }
        let result = await ChildProcess.run(
            path, arguments, workingDirectory: tree.path(StagedConfiguration.targetFolder), limit: left,
            outputLimit: Self.outputLimit, streams: .combined)
        return judge(result, question, path)
    }

    /// The kind's own validator; promtool's rule tests and web configurations are judged by promtool whatever the kind.
    private nonisolated(nonsending) func checkerPath(
        _ question: Question
    ) async -> Result<ValidatorProgram.Found, ValidatorUnavailable> {
        let target = staged.request.target
        let own = target.profile.checker
        let wantsPromtool = if case .promtool = question.tool { true } else { false }
        guard let promtool = KindProfile.of(.prometheus).checker, let checker = wantsPromtool ? promtool : own else {
            return .failure(ValidatorUnavailable("kind \(target.kind.rawValue) has no validator of its own"))
        }
        // A program that stoker.yml names is the kind's own.
        var chosen: String?
        if case .program(let name) = target.validator, own == checker { chosen = name }
        return await program.find(chosen, for: checker)
    }

    private func judge(_ result: ChildResult, _ question: Question, _ path: String) -> Judgement {
        let text = result.standardOutput.text
        switch result.exit {
        case .exited(0): return .accepted(warnings: words.warnings(text, question))
        case .exited(let code):
            if let failure = Self.ownTrouble(code, text, path, question) { return .environmental(failure) }
            if question.about == .webConfig, staged.webConfigIsPartial, words.isAboutMissingFiles(text) {
                return .accepted(warnings: [words.webConfigNotChecked])
            }
            return .rejected(.validationFailed, words.findings(text, question, code: code))
        case .signalled(let signal):
            return .environmental(
                Failure(
                    .validationFailed, .environmental,
                    "\(path) was ended by signal \(signal) while validating: look for a lack of memory; it is tried again"
                ))
        case .timedOut: return timedOut(path)
        case .couldNotStart(let why):
            return .environmental(
                Failure(.validationFailed, .environmental, "\(why): install it or correct `validate`"))
        }
    }

    private func timedOut(_ path: String) -> Judgement {
        let limit = staged.request.limit.prometheusText
        return .environmental(
            Failure(
                .validationFailed, .environmental,
                "\(path) was not done after \(limit) and was killed: look what holds it; it is tried again"))
    }

    /// Exits that say something about the machine and not about the content.
    private static func ownTrouble(_ code: Int32, _ text: String, _ path: String, _ question: Question) -> Failure? {
        let words = ["out of memory", "cannot allocate memory", "too many open files", "no space left on device"]
        let lowered = text.lowercased()
        if let trouble = words.first(where: lowered.contains) {
            return Failure(
                .validationFailed, .environmental, "\(path) could not do its work: \(trouble); it is tried again")
        }
        // The shell's way to say that a command does not exist or may not be run.
        if case .command = question.tool, code == 126 || code == 127 {
            return Failure(
                .validationFailed, .environmental,
                "\(path) ended with \(code), so its command was not run: correct `validate`")
        }
        return nil
    }
}
