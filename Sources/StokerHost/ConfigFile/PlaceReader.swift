import StokerCore

/// The keys that name a unit, a container or a log; `reload` and `log` share them.
enum PlaceReader {
    /// A unit's name, as systemd allows it; nil where absent or wrong.
    static func unit(_ section: FieldReader) -> String? {
        guard let text = section.text("unit") else { return nil }
        let isFine = text.value.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                || ":-_.\\@".utf8.contains($0)
        }
        if isFine, !text.value.hasPrefix("-") { return text.value }
        section.complain(
            text.mark, "unit must be a unit's name such as prometheus.service, not \(quoted(text.value))")
        return nil
    }

    /// A container by name or by Compose service; nil where neither is there, or one is wrong.
    static func container(_ section: FieldReader) -> TargetConfiguration.ContainerPlace? {
        let container = name(section, "container")
        let service = name(section, "service")
        let project = name(section, "project")
        let socket = socket(section)
        if project != nil, section.value("service") == nil {
            section.complain(section.keyMark("project"), "project is for service")
        }
        switch (container, service) {
        case (let container?, nil): return TargetConfiguration.ContainerPlace(.container(container), socket: socket)
        case (nil, let service?):
            return TargetConfiguration.ContainerPlace(.service(service, project: project), socket: socket)
        case (_?, _?):
            section.complain(section.keyMark("service"), "container and service exclude each other")
            return nil
        case (nil, nil): return nil
        }
    }

    private static func name(_ section: FieldReader, _ key: String) -> String? {
        guard let text = section.text(key) else { return nil }
        let isFine = text.value.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                || "_.-".utf8.contains($0)
        }
        if isFine, !text.value.hasPrefix("."), !text.value.hasPrefix("-") { return text.value }
        section.complain(text.mark, "\(key) must be a name of letters, digits, _, . and -, not \(quoted(text.value))")
        return nil
    }

    private static func socket(_ section: FieldReader) -> String {
        let fallback = TargetConfiguration.ContainerPlace.defaultSocket
        guard let path = section.absolutePath("socket") else { return fallback }
        // `sun_path` has 108 bytes, the last of them zero.
        if path.value.utf8.count <= 107 { return path.value }
        section.complain(path.mark, "socket must not be longer than 107 bytes")
        return fallback
    }

    /// The `log` section of a target.
    static func log(_ fields: FieldReader) -> TargetConfiguration.LogPlace? {
        guard let section = fields.section("log") else { return nil }
        defer { section.finish() }
        let file = section.absolutePath("file")
        let unit = unit(section)
        let container = container(section)
        if section.value("socket") != nil, section.value("container") == nil, section.value("service") == nil {
            section.complain(section.keyMark("socket"), "socket is for container or service")
        }
        let kinds =
            ["file", "unit"].filter { section.value($0) != nil }.count
            + (section.value("container") != nil || section.value("service") != nil ? 1 : 0)
        if kinds > 1 {
            section.complain(section.mark, "log must name one of file, unit, container or service")
            return nil
        }
        if let file { return .file(file.value) }
        if let unit { return .unit(unit) }
        if let container { return .container(container) }
        if kinds == 0 { section.complain(section.mark, "log needs file, unit, container or service") }
        return nil
    }
}
