extension Containment {
    /// Compares any declared value with the served one at the same place. A served value may be nil: Prometheus leaves
    /// out what is empty or zero.
    mutating func compare(_ declared: Node, _ served: Node?, key: String, path: String) {
        if MappingView.isZero(declared) { return }
        guard let served else {
            if !isDropped(declared) { note(.unmatched, at: path, "declared, but not in what the process serves") }
            return
        }
        switch (declared.value, served.value) {
        case (.scalar(let ours, _), .scalar(let theirs, _)):
            if !isEnvironmentText(ours, path: path), !scalars.matches(ours, theirs, key: key) {
                note(.unmatched, at: path, "declared with another value than the process serves")
            }
        case (.sequence(let ours), .sequence(let theirs)):
            compareItems(ours, theirs, key: key, path: path)
        case (.mapping, .mapping):
            compareEntries(declared, served, path: path)
        case (_, .scalar(ScalarText.masked, _)):
            return
        case (.scalar(let ours, _), .mapping) where ours.contains("://"):
            return
        case (.scalar, .sequence(let theirs)) where theirs.count == 1:
            // Some lists may be written as a single value.
            compare(declared, theirs[0], key: key, path: path)
        case (.scalar, _), (.sequence, _), (.mapping, _):
            note(.unmatched, at: path, "declared in another form than the process serves")
        }
    }

    private mutating func compareEntries(_ declared: Node, _ served: Node, path: String) {
        for written in MappingView(declared).entries {
            let entry = served[written.key] == nil ? MappingView.modern(written) : written
            compare(
                entry.value, served[entry.key], key: entry.key, path: path.isEmpty ? entry.key : "\(path).\(entry.key)")
        }
    }

    /// Order means something in most lists (relabelling), so items meet by index; where lengths differ, each declared
    /// item looks for one that contains it.
    private mutating func compareItems(_ ours: [Node], _ theirs: [Node], key: String, path: String) {
        if ours.count == theirs.count {
            for (index, item) in ours.enumerated() {
                compare(item, theirs[index], key: key, path: "\(path)[\(index)]")
            }
            return
        }
        var left = theirs
        for (index, item) in ours.enumerated() where !MappingView.isZero(item) {
            let found = left.firstIndex { candidate in
                var trial = Containment(scalars: scalars)
                trial.compare(item, candidate, key: key, path: "")
                return trial.differences.isEmpty
            }
            if let found {
                left.remove(at: found)
            } else {
                note(.unmatched, at: "\(path)[\(index)]", "declared, but not in what the process serves")
            }
        }
    }

    /// `${VAR}` in external_labels is expanded by the process in its environment, which we do not know.
    private func isEnvironmentText(_ text: String, path: String) -> Bool {
        path.hasPrefix("global.external_labels") && text.contains("$")
    }

    /// `false` and zero are left out by `omitempty`, and so is a mapping of nothing else.
    private func isDropped(_ declared: Node) -> Bool {
        switch declared.value {
        case .scalar(let text, _): ScalarText.boolean(text) == false || ScalarText.isZero(text)
        case .sequence(let items): items.allSatisfy { MappingView.isZero($0) }
        case .mapping: MappingView(declared).entries.allSatisfy { MappingView.isZero($0.value) || isDropped($0.value) }
        }
    }
}
