extension ConfigPreflight {
    /// remote_write and remote_read entries that Prometheus refuses or dies of although promtool accepts them.
    func checkRemotes(_ main: Node, _ file: String, _ verdict: inout Verdict) {
        for kind in ["remote_write", "remote_read"] {
            checkDuplicates(main[kind]?.items ?? [], kind, file, &verdict)
        }
        for entry in main["remote_write"]?.items ?? [] {
            // The reload after the one that loads it never ends, so it could not even be rolled back.
            if let shards = entry["queue_config"]?["min_shards"], shards.isZero {
                verdict.findings.append(
                    Finding(
                        file: file, line: shards.mark.line,
                        message:
                            "min_shards: 0 makes Prometheus hang at the next reload: remove it or give a positive number"
                    ))
            }
            if let limit = entry["queue_config"]?["max_samples_per_send"], limit.isZero {
                verdict.findings.append(
                    Finding(
                        file: file, line: limit.mark.line,
                        message: "max_samples_per_send: 0 makes Prometheus panic: remove it or give a positive number"))
            }
        }
    }

    /// Equal entries are refused at run time, half-way through the reload, and can crash the reload that rolls back.
    private func checkDuplicates(_ entries: [Node], _ kind: String, _ file: String, _ verdict: inout Verdict) {
        var seenNames: [String: Int] = [:]
        var seenTexts: [String: Int] = [:]
        for entry in entries {
            let line = entry.mark.line
            if let name = entry["name"]?.text, !name.isEmpty {
                if let first = seenNames[name] {
                    let message = "\(kind) has the name \"\(name)\" twice, first at line \(first)"
                    verdict.findings.append(Finding(file: file, line: line, message: message))
                    continue
                }
                seenNames[name] = line
            }
            let text = entry.canonicalText
            if let first = seenTexts[text] {
                let message =
                    "\(kind) has the same entry twice, first at line \(first): Prometheus refuses it on reload"
                verdict.findings.append(Finding(file: file, line: line, message: message))
            } else {
                seenTexts[text] = line
            }
        }
    }
}

extension Node {
    /// A number that is nought.
    fileprivate var isZero: Bool {
        guard case .scalar(let text, _) = value, !text.isEmpty else { return false }
        return text.allSatisfy { $0 == "0" } || text == "0x0"
    }

    /// The value as one text, equal for equal values: places, styles and the order of keys do not count.
    fileprivate var canonicalText: String {
        switch value {
        case .scalar(let text, _): String(reflecting: text)
        case .sequence(let items): "[" + items.map(\.canonicalText).joined(separator: ",") + "]"
        case .mapping(let pairs):
            "{" + pairs.map { $0.key.canonicalText + ":" + $0.value.canonicalText }.sorted().joined(separator: ",")
                + "}"
        }
    }
}
