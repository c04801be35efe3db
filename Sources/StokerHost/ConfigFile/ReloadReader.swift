import StokerCore

/// The `reload` section of a target.
struct ReloadReader {
    /// The spellings of `method`.
    private enum Method: String, CaseIterable { case http, signal }

    private static let defaultTimeout = Duration.seconds(300)
    private let fields: FieldReader

    /// The fields of the target.
    init(_ fields: FieldReader) { self.fields = fields }

    func read() -> (method: TargetConfiguration.ReloadMethod, timeout: Duration) {
        if let node = fields.value("reload"), node.items != nil {
            fields.complain(node.mark, "a list of reload methods is not supported yet")
            return (.http, Self.defaultTimeout)
        }
        guard let section = fields.section("reload") else { return (.http, Self.defaultTimeout) }
        defer { section.finish(later: Later.reloadKeys) }
        let timeout = section.duration("timeout", default: Self.defaultTimeout)
        let method = section.choice("method", default: Method.http, later: Later.reloadMethods)
        let pidFile = section.file("pid_file")
        switch (method, pidFile) {
        case (.http, nil):
            return (.http, timeout)
        case (.http, _?):
            section.complain(section.keyMark("pid_file"), "pid_file is for method: signal")
            return (.http, timeout)
        case (.signal, let file?):
            return (.signal(pidFile: file), timeout)
        case (.signal, nil):
            section.complain(section.mark, "reload with method: signal needs pid_file")
            return (.http, timeout)
        }
    }
}
