extension Meaning.Rule {
    var changeKind: MeaningChange.Kind {
        switch kind {
        case .alert: .alert
        case .recording: .recordingRule
        }
    }

    /// Whether the alert is pending for a while before it fires.
    var waits: Bool { hold != "0s" }

    /// What differs: `expr`, `for 5m -> 10m`, `labels (severity)`; nothing where the rules are equal.
    func changes(to new: Meaning.Rule) -> [String] {
        if self == new { return [] }
        var notes: [String] = []
        if name != new.name { notes.append("renamed from \(name)") }
        if expr != new.expr { notes.append("expr") }
        if hold != new.hold { notes.append("for \(hold) -> \(new.hold)") }
        if keepFiringFor != new.keepFiringFor {
            notes.append("keep_firing_for \(keepFiringFor) -> \(new.keepFiringFor)")
        }
        if let note = Self.note("labels", labels, new.labels) { notes.append(note) }
        if let note = Self.note("annotations", annotations, new.annotations) { notes.append(note) }
        return notes
    }

    /// Names only: an annotation is a text for people, and may be long.
    private static func note(_ what: String, _ old: Labels, _ new: Labels) -> String? {
        let names = old.names(differingFrom: new)
        return names.isEmpty ? nil : "\(what) (\(names.joined(separator: ", ")))"
    }
}
