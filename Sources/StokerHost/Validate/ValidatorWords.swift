import StokerCore
import YAML

/// Turns what a validator printed into findings that make sense to somebody who only knows the repository.
struct ValidatorWords {
    /// More findings than anybody reads.
    private static let findingLimit = 100
    /// Characters of one message; promtool quotes whole expressions.
    private static let messageLimit = 1000
    /// The largest file that is parsed again to find a line in it.
    private static let fileLimit = 16 << 20

    private let names: StagedNames
    private let secrets: SecretValues
    private let mainName: String
    private let mainPath: String
    private let templates: [String]

    init(_ staged: StagedConfiguration, tree: ValidationTree) {
        let request = staged.request
        names = StagedNames([
            .init(path: tree.path(StagedConfiguration.targetFolder)) {
                $0 == "." ? request.view.seenAt : request.name($0)
            },
            .init(path: tree.path(StagedConfiguration.outsideFolder)) { "/" + $0 },
            .init(path: tree.path(StagedConfiguration.testsFolder)) { request.repositoryPath($0) },
            .init(path: tree.root) { _ in request.view.seenAt },
        ])
        templates = staged.templateFiles.map { tree.path(StagedConfiguration.targetFolder + "/" + $0) }
        secrets = SecretValues(in: staged.parsed)
        let main = request.target.configFile
        mainName = main.map(request.name) ?? request.repositoryPath(request.target.path)
        mainPath = tree.path(StagedConfiguration.targetFolder) + (main.map { "/" + $0 } ?? "")
    }

    /// At least one finding, whatever was printed.
    func findings(_ text: String, _ question: ValidationRun.Question, code: Int32) -> [Finding] {
        var complaints: [PromtoolOutput.Complaint]
        switch question.tool {
        case .promtool: complaints = PromtoolOutput(text, names: names, tests: question.tests).errors
        case .kind: complaints = FamilyOutput.complaints(in: text, names: names, templates: templates)
        case .command: complaints = CommandOutput.complaints(in: text, names: names)
        }
        if complaints.isEmpty { complaints = [CommandOutput.rest(of: text, code: code)] }
        var findings = finish(complaints.prefix(Self.findingLimit))
        if complaints.count > Self.findingLimit {
            let more = complaints.count - Self.findingLimit
            findings.append(Finding(file: mainName, message: "\(more) more findings are not shown"))
        }
        return findings
    }

    /// What a validator that accepts wants to be known.
    func warnings(_ text: String, _ question: ValidationRun.Question) -> [Finding] {
        guard case .promtool = question.tool else { return [] }
        let output = PromtoolOutput(text, names: names, tests: question.tests)
        // ConfigPreflight says the same about file_sd, with its line.
        let told = output.warnings.filter { !$0.message.contains("for file_sd in scrape job") }
        return finish((told + output.errors).prefix(Self.findingLimit))
    }

    /// A message with staged paths and secrets replaced.
    func clean(_ text: String) -> String { secrets.redact(names.translate(text)) }

    /// Whether a web configuration was only refused because certificates are not where we can see them.
    func isAboutMissingFiles(_ text: String) -> Bool {
        ["X509", "x509", "no such file", "PEM", "permission denied", "client_ca", "client CA"].contains {
            text.contains($0)
        }
    }

    /// Said where only the process can see the certificates.
    var webConfigNotChecked: Finding {
        Finding(
            file: "", message: "the certificates of the web configuration cannot be seen from here and were not checked"
        )
    }

    private func finish(_ complaints: some Sequence<PromtoolOutput.Complaint>) -> [Finding] {
        var parsed: [String: Parsed] = [:]
        var findings: [Finding] = []
        for complaint in complaints {
            let path = complaint.file.isEmpty ? mainPath : complaint.file
            var message = secrets.redact(names.translate(complaint.message))
            if message.count > Self.messageLimit { message = message.prefix(Self.messageLimit) + "…" }
            var line = complaint.line
            if line == nil || complaint.isSyntax {
                let file = parsed[path] ?? Self.parse(path)
                parsed[path] = file
                line = file.line(of: message, complaint)
            }
            let name = complaint.file.isEmpty ? mainName : names.name(of: path) ?? path
            let finding = Finding(file: name, line: line, message: message)
            if !findings.contains(finding) { findings.append(finding) }
        }
        return findings
    }

    /// A staged file, as far as it can be read.
    private enum Parsed {
        case node(FindingLocator)
        case syntaxError(line: Int)
        case unknown

        func line(of message: String, _ complaint: PromtoolOutput.Complaint) -> Int? {
            switch self {
            case .node(let locator): complaint.line ?? locator.line(of: message)
            // Go's line is that of the token before; ours is where reading stopped.
            case .syntaxError(let line): complaint.isSyntax ? line : complaint.line
            case .unknown: complaint.line
            }
        }
    }

    private static func parse(_ path: String) -> Parsed {
        guard let bytes = HostFiles.read(path, limit: fileLimit) else { return .unknown }
        do throws(YAMLError) { return .node(FindingLocator(try YAML.parse(bytes))) } catch {
            return .syntaxError(line: error.line)
        }
    }
}
