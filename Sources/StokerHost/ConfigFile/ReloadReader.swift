import StokerCore

/// The `reload` section of a target: one method, or a list of them.
struct ReloadReader {
    /// The spellings of `method`.
    private enum Method: String, CaseIterable { case http, signal, systemd, docker, command }
    /// The spellings of `action` for a container.
    private enum ContainerWord: String, CaseIterable { case signal, restart }

    private static let defaultTimeout = Duration.seconds(300)
    /// More ways than there are methods is a mistake.
    private static let mostMethods = 8
    private let fields: FieldReader

    /// The fields of the target.
    init(_ fields: FieldReader) { self.fields = fields }

    func read() -> [TargetConfiguration.Reload] {
        guard let node = fields.value("reload") else { return [TargetConfiguration.Reload(.http)] }
        guard let items = node.items else {
            return [fields.section("reload").flatMap(read) ?? TargetConfiguration.Reload(.http)]
        }
        if items.isEmpty { fields.complain(node.mark, "reload must name at least one method") }
        if items.count > Self.mostMethods {
            fields.complain(node.mark, "reload has more than \(Self.mostMethods) methods")
        }
        return items.compactMap { FieldReader($0, "an item of reload", fields.problems).flatMap(read) }
    }

    /// One method; nil where it is wrong, which is reported.
    private func read(_ section: FieldReader) -> TargetConfiguration.Reload? {
        defer { section.finish() }
        let timeout = section.duration("timeout", default: Self.defaultTimeout)
        let chosen = section.choice("method", default: Method.http)
        let method: TargetConfiguration.ReloadMethod? =
            switch chosen {
            case .http: .http
            case .signal: signal(section)
            case .systemd: systemd(section)
            case .docker: docker(section)
            case .command: command(section)
            }
        refuseForeign(section, chosen)
        return method.map { TargetConfiguration.Reload($0, timeout: timeout) }
    }

    private func signal(_ section: FieldReader) -> TargetConfiguration.ReloadMethod? {
        let pidFile = section.file("pid_file")
        let unit = PlaceReader.unit(section)
        switch (pidFile, unit) {
        case (let file?, nil): return .signal(.pidFile(file))
        case (nil, let unit?): return .signal(.unit(unit))
        case (_?, _?):
            section.complain(section.keyMark("unit"), "pid_file and unit exclude each other")
        case (nil, nil):
            section.complain(section.mark, "reload with method: signal needs pid_file or unit")
        }
        return nil
    }

    private func systemd(_ section: FieldReader) -> TargetConfiguration.ReloadMethod? {
        let action = section.choice("action", default: TargetConfiguration.UnitAction.reload)
        if let unit = PlaceReader.unit(section) { return .systemd(unit: unit, action) }
        if section.value("unit") == nil {
            section.complain(section.mark, "reload with method: systemd needs unit")
        }
        return nil
    }

    private func docker(_ section: FieldReader) -> TargetConfiguration.ReloadMethod? {
        let action = section.choice("action", default: ContainerWord.signal)
        let signal = section.text("signal")
        let place = PlaceReader.container(section)
        if place == nil, section.value("container") == nil, section.value("service") == nil {
            section.complain(section.mark, "reload with method: docker needs container or service")
        }
        switch action {
        case .restart:
            if let signal { section.complain(signal.mark, "signal is for action: signal") }
            return place.map { .docker($0, .restart) }
        case .signal:
            let name = signal?.value ?? "SIGHUP"
            if let signal, !Self.isSignal(name) {
                section.complain(signal.mark, "signal must be a name such as SIGHUP, not \(quoted(name))")
            }
            return place.map { .docker($0, .signal(name)) }
        }
    }

    private func command(_ section: FieldReader) -> TargetConfiguration.ReloadMethod? {
        let restarts = section.flag("restarts", default: false)
        let command = section.texts("command").map(\.value)
        if command.isEmpty, section.value("command")?.items?.isEmpty ?? true {
            section.complain(section.mark, "reload with method: command needs command: [program, …]")
        }
        return command.isEmpty ? nil : .command(command, restarts: restarts)
    }

    private static func isSignal(_ name: String) -> Bool {
        name.hasPrefix("SIG") && name.utf8.count > 3
            && name.utf8.allSatisfy { (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) }
    }

    /// A key of another method is a misunderstanding, not a detail.
    private func refuseForeign(_ section: FieldReader, _ chosen: Method) {
        let owners: [(String, Set<Method>)] = [
            ("pid_file", [.signal]), ("unit", [.signal, .systemd]), ("action", [.systemd, .docker]),
            ("container", [.docker]), ("service", [.docker]), ("project", [.docker]), ("socket", [.docker]),
            ("signal", [.docker]), ("command", [.command]), ("restarts", [.command]),
        ]
        for (key, methods) in owners where !methods.contains(chosen) && section.value(key) != nil {
            let words = Method.allCases.filter(methods.contains).map(\.rawValue).joined(separator: " or ")
            section.complain(section.keyMark(key), "\(key) is for method: \(words)")
        }
    }
}
