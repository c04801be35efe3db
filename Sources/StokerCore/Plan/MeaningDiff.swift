extension Meaning {
    /// What changes from one meaning to another, in the order of files, groups and rules. Linear in both.
    public static func diff(_ old: Meaning, _ new: Meaning) -> [MeaningChange] {
        var diff = MeaningDiff()
        diff.compare(.scrapeJob, old.jobs, new.jobs)
        diff.compare(.alertmanager, old.alertmanagers, new.alertmanagers)
        diff.compare(.receiver, old.receivers, new.receivers)
        diff.compare(.route, old.routes, new.routes)
        diff.compareRules(old.groups, new.groups)
        return diff.inOrder
    }
}

/// Collects the changes between two meanings, each with its place in the list.
struct MeaningDiff {
    /// Files in order; in each jobs, then Alertmanagers, then groups with their rules; what goes after what stays.
    private struct Place {
        var file: String
        var section = 0
        var item = 0
        /// 0 for a group itself, else one more than the rule's index.
        var part = 0
        var isGone = false
    }

    private var entries: [(place: Place, change: MeaningChange)] = []

    var inOrder: [MeaningChange] {
        entries.enumerated().sorted { a, b in
            let (x, y) = (a.element.place, b.element.place)
            if x.file != y.file { return x.file < y.file }
            let left = (x.section, x.isGone ? 1 : 0, x.item, x.part, a.offset)
            return left < (y.section, y.isGone ? 1 : 0, y.item, y.part, b.offset)
        }.map(\.element.change)
    }
}

// MARK: Jobs and Alertmanagers

extension MeaningDiff {
    mutating func compare(_ kind: MeaningChange.Kind, _ old: [Meaning.Item], _ new: [Meaning.Item]) {
        let section = kind == .scrapeJob || kind == .receiver ? 0 : 1
        var waiting: [String: ArraySlice<Int>] = [:]
        for (index, item) in old.enumerated() { waiting[item.name, default: []].append(index) }
        var kept: Set<Int> = []
        for (index, item) in new.enumerated() {
            let place = Place(file: item.file, section: section, item: index)
            guard let before = waiting[item.name]?.popFirst() else {
                add(kind, .add, item.name, place)
                continue
            }
            kept.insert(before)
            var notes = old[before].settings.changes(to: item.settings)
            let moved = old[before].file != item.file
            if moved { notes.insert("from \(old[before].file)", at: 0) }
            if !notes.isEmpty { add(kind, moved ? .move : .change, item.name, place, notes) }
        }
        for (index, item) in old.enumerated() where !kept.contains(index) {
            add(kind, .remove, item.name, Place(file: item.file, section: section, item: index, isGone: true))
        }
    }

    private mutating func add(
        _ kind: MeaningChange.Kind, _ change: MeaningChange.Change, _ name: String, _ place: Place,
        _ notes: [String] = []
    ) {
        let note = notes.joined(separator: "; ")
        entries.append((place, MeaningChange(kind: kind, change: change, name: name, file: place.file, note: note)))
    }
}

// MARK: Rule groups and rules

extension MeaningDiff {
    mutating func compareRules(_ old: [Meaning.Group], _ new: [Meaning.Group]) {
        let groups = GroupMatching(old: old, new: new)
        let rules = RuleMatching(old: old, new: new, groupPairs: groups.pairs)
        let reordered = groupsWithNewOrder(groups, rules)
        for pair in groups.pairs {
            compare(old[pair.old], new[pair.new], at: pair.new, reordered: reordered.contains(pair.new))
        }
        for index in groups.added {
            add(.ruleGroup, .add, new[index].name, Place(file: new[index].file, section: 2, item: index))
        }
        for index in groups.removed {
            let place = Place(file: old[index].file, section: 2, item: index, isGone: true)
            add(.ruleGroup, .remove, old[index].name, place)
        }
        for pair in rules.pairs {
            compare(
                old[pair.old.group].rules[pair.old.rule], in: old[pair.old.group],
                new[pair.new.group].rules[pair.new.rule], in: new[pair.new.group], at: pair.new)
        }
        for place in rules.added { addRule(.add, new[place.group], place, isGone: false) }
        // A rule that leaves a group that stays is told beside that group's other rules.
        let current = Dictionary(groups.pairs.map { ($0.old, $0.new) }, uniquingKeysWith: { first, _ in first })
        for place in rules.removed {
            let stays = current[place.group]
            let at = RuleMatching.Place(group: stays ?? place.group, rule: place.rule)
            addRule(.remove, old[place.group], at, rule: place.rule, isGone: stays == nil)
        }
    }

    private mutating func addRule(
        _ change: MeaningChange.Change, _ group: Meaning.Group, _ place: RuleMatching.Place, rule: Int? = nil,
        isGone: Bool
    ) {
        let declared = group.rules[rule ?? place.rule]
        let at = Place(file: group.file, section: 2, item: place.group, part: place.rule + 1, isGone: isGone)
        add(declared.changeKind, change, declared.name, at, ["in group \(group.name)"])
    }

    private mutating func compare(_ old: Meaning.Group, _ new: Meaning.Group, at index: Int, reordered: Bool) {
        let origin = originNotes(of: old, as: new)
        var notes = origin + old.settings.changes(to: new.settings)
        if reordered { notes.append("order of rules") }
        if notes.isEmpty { return }
        let alerts = new.rules.count { $0.kind == .alert }
        if !origin.isEmpty, alerts > 0 {
            notes.append(LostState.group(alerts: alerts, anyWaits: new.rules.contains { $0.waits }))
        }
        let place = Place(file: new.file, section: 2, item: index)
        add(.ruleGroup, origin.isEmpty ? .change : .move, new.name, place, notes)
    }

    private mutating func compare(
        _ old: Meaning.Rule, in oldGroup: Meaning.Group, _ new: Meaning.Rule, in newGroup: Meaning.Group,
        at index: RuleMatching.Place
    ) {
        let isMoved = oldGroup.file != newGroup.file || oldGroup.name != newGroup.name
        var notes: [String] = []
        if isMoved { notes.append("from group \(oldGroup.name) in \(oldGroup.file)") }
        notes += old.changes(to: new)
        if notes.isEmpty { return }
        if new.kind == .alert {
            if isMoved {
                notes.append(LostState.moved(waits: new.waits))
            } else if old.name != new.name || old.labels != new.labels {
                notes.append(LostState.relabelled(waits: new.waits))
            }
        }
        let place = Place(file: newGroup.file, section: 2, item: index.group, part: index.rule + 1)
        add(new.changeKind, isMoved ? .move : .change, new.name, place, notes)
    }

    private func originNotes(of old: Meaning.Group, as new: Meaning.Group) -> [String] {
        var notes: [String] = []
        if old.name != new.name { notes.append("renamed from \(old.name)") }
        if old.file != new.file { notes.append("from \(old.file)") }
        return notes
    }

    /// New indices of groups whose kept rules stand in another order: recording rules see each other's results in it.
    private func groupsWithNewOrder(_ groups: GroupMatching, _ rules: RuleMatching) -> Set<Int> {
        let partner = Dictionary(groups.pairs.map { ($0.new, $0.old) }, uniquingKeysWith: { first, _ in first })
        var last: [Int: Int] = [:]
        var reordered: Set<Int> = []
        let kept = rules.pairs.filter { partner[$0.new.group] == $0.old.group }
        for pair in kept.sorted(by: { ($0.new.group, $0.new.rule) < ($1.new.group, $1.new.rule) }) {
            if let before = last[pair.new.group], before > pair.old.rule { reordered.insert(pair.new.group) }
            last[pair.new.group] = pair.old.rule
        }
        return reordered
    }
}
