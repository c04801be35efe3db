import StokerCore

/// One item of an environment's `targets`.
struct TargetReader {
    private let fields: FieldReader
    private let environment: String
    private let overlaps: Overlaps

    init(_ fields: FieldReader, environment: String, _ overlaps: Overlaps) {
        self.fields = fields
        self.environment = environment
        self.overlaps = overlaps
    }

    /// Nil where a required key is missing or wrong; then it is reported.
    func read(name: Located<String>?) -> TargetConfiguration? {
        let kind = fields.choice("kind", default: TargetConfiguration.Kind.prometheus)
        let generic = generic(kind)
        let profile = KindProfile.of(kind, generic: generic)
        let path = fields.relativePath("path")?.value ?? "."
        let configFile = configFile(profile)
        let deployTo = fields.requiredAbsolutePath("deploy_to")
        let seenAt = fields.absolutePath("seen_at")?.value
        let layout = fields.optionalChoice("layout") as TargetConfiguration.Layout?
        let releases = fields.absolutePath("releases_dir")
        let keepInode = fields.relativePaths("keep_inode").map(\.value)
        let mode = mode() ?? profile.mode
        let url = url(profile)
        let http = HTTPAccessReader(fields).read()
        let reload = ReloadReader(fields).read()
        let log = PlaceReader.log(fields)
        let validator = validator(profile)
        let match = fields.choice("validator_match", default: TargetConfiguration.ValidatorMatch.warn)
        let maxDelete = maxDelete()
        let whenDown = fields.choice("when_down", default: TargetConfiguration.WhenDown.deploy)
        let readyTimeout = fields.duration("ready_timeout", default: .seconds(60))
        fields.finish()

        checkLayout(layout, configFile: configFile, keepsInodes: !keepInode.isEmpty)
        let owner = "target \(quoted(name?.value ?? "")) of \(quoted(environment))"
        if let deployTo { overlaps.claim(deployTo: deployTo, releases: releases, layout, owner: owner) }
        if let url { overlaps.claim(url: url, owner: owner) }
        guard let name, let deployTo, let url else { return nil }
        return TargetConfiguration(
            id: Target.ID(name.value), kind: kind, path: path, configFile: configFile, deployTo: deployTo.value,
            seenAt: seenAt, layout: layout, releasesDirectory: releases?.value, keepInode: keepInode, mode: mode,
            url: url.value, http: http, reload: reload, log: log, validator: validator,
            validatorMatch: match, generic: generic, maxDelete: maxDelete, whenDown: whenDown,
            readyTimeout: readyTimeout)
    }

    private func generic(_ kind: TargetConfiguration.Kind) -> GenericKind? {
        let section = fields.section("generic")
        if kind == .generic { return section.map { GenericReader($0).read() } ?? GenericKind() }
        if section != nil {
            fields.complain(fields.keyMark("generic"), "generic is for kind: generic; \(kind.rawValue) is known")
        }
        return nil
    }

    /// Absent is the kind's own; `none` or null is a folder without a main file.
    private func configFile(_ profile: KindProfile) -> String? {
        guard let node = fields.written("config_file") else {
            if profile.kind == .generic {
                fields.complain(
                    fields.mark, "config_file is required for kind: generic; none where the program has no main file")
            }
            return profile.configFile
        }
        if node.isNull || node.value == .scalar("none", .plain) {
            switch profile.kind {
            case .prometheus, .vmalert, .generic: break
            case .alertmanager, .blackboxExporter, .snmpExporter, .vmagent:
                fields.complain(
                    fields.keyMark("config_file"), "\(profile.product) has a main file: config_file names it")
            }
            return nil
        }
        if profile.kind == .vmalert {
            fields.complain(
                fields.keyMark("config_file"), "vmalert has no main file, only the rule files of its -rule: remove it")
            return nil
        }
        guard let path = fields.relativePath("config_file") else { return profile.configFile }
        if path.value == "." { fields.complain(path.mark, "config_file must be a file, not a folder") }
        return path.value
    }

    private func checkLayout(_ layout: TargetConfiguration.Layout?, configFile: String?, keepsInodes: Bool) {
        switch layout {
        case .singleFile:
            if keepsInodes {
                fields.complain(
                    fields.keyMark("keep_inode"),
                    "keep_inode is for in_place; single_file rewrites its one file through the inode anyway")
            }
            if configFile == nil {
                fields.complain(fields.keyMark("config_file"), "single_file deploys only config_file, so it needs one")
            }
        case .linked:
            if keepsInodes {
                fields.complain(
                    fields.keyMark("keep_inode"), "keep_inode is for in_place; linked replaces the whole tree at once")
            }
        case .inPlace, nil:
            break
        }
        if layout != .linked, fields.value("releases_dir") != nil {
            fields.complain(fields.keyMark("releases_dir"), "releases_dir is for layout: linked only")
        }
    }

    private func mode() -> UInt16? {
        guard let text = fields.text("mode") else { return nil }
        let digits = text.value.utf8.count == 4 && text.value.hasPrefix("0") ? text.value.dropFirst() : text.value[...]
        if digits.utf8.count == 3, digits.utf8.allSatisfy({ (0x30...0x37).contains($0) }),
            let mode = UInt16(digits, radix: 8)
        {
            return mode
        }
        fields.complain(text.mark, "mode must be octal permission bits such as \"0644\", not \(quoted(text.value))")
        return nil
    }

    private func url(_ profile: KindProfile) -> Located<String>? {
        guard fields.value("url") != nil else {
            if profile.url.isEmpty { _ = fields.required("url") }
            return profile.url.isEmpty ? nil : Located(value: profile.url, mark: fields.mark)
        }
        guard let text = fields.text("url") else { return nil }
        return fields.httpURL(text, "url").map { Located(value: $0, mark: text.mark) }
    }

    private func validator(_ profile: KindProfile) -> TargetConfiguration.Validator {
        let fallback = TargetConfiguration.Validator.program(nil)
        guard let section = fields.section("validate") else { return fallback }
        defer { section.finish() }
        let program = section.text("program")
        let command = section.texts("command")
        if section.value("command")?.items?.isEmpty == true {
            section.complain(section.keyMark("command"), "command must name a program")
        }
        if program != nil, section.value("command") != nil {
            section.complain(section.keyMark("command"), "program and command exclude each other")
        }
        if program != nil, profile.checker == nil {
            section.complain(
                section.keyMark("program"), "kind \(profile.kind.rawValue) has no validator of its own: use command")
        }
        if !command.isEmpty { return .command(command.map(\.value)) }
        return program.map { .program($0.value) } ?? fallback
    }

    private func maxDelete() -> TargetConfiguration.DeletionBudget {
        let fallback = TargetConfiguration.DeletionBudget.percent(25)
        guard let text = fields.text("max_delete") else { return fallback }
        let digits = text.value.hasSuffix("%") ? text.value.dropLast() : text.value[...]
        let isNumber = digits.utf8.first.map { (0x30...0x39).contains($0) } ?? false
        if isNumber, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2e }) {
            if text.value.hasSuffix("%") {
                if let percent = Double(digits), percent <= 100 { return .percent(percent) }
            } else if let files = Int(digits) {
                return .files(files)
            }
        }
        fields.complain(
            text.mark, "max_delete must be a percentage from 0% to 100% or a number of files, not \(quoted(text.value))"
        )
        return fallback
    }
}
