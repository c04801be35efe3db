/// Finds which old rule became which new one. Each pass pairs what the ones before left over, from the surest likeness
/// to the weakest, in order of the file where several are alike; each pass is linear.
struct RuleMatching {
    /// A rule by the index of its group and its own in it.
    struct Place: Hashable {
        let group: Int
        let rule: Int
    }

    struct Pair {
        let old: Place
        let new: Place
    }

    private let oldGroups: [Meaning.Group]
    private let newGroups: [Meaning.Group]
    private(set) var pairs: [Pair] = []
    private(set) var removed: [Place] = []
    private(set) var added: [Place] = []

    /// - Parameter groupPairs: indices of groups that are the same group on both sides.
    init(old: [Meaning.Group], new: [Meaning.Group], groupPairs: [GroupMatching.Pair]) {
        oldGroups = old
        newGroups = new
        var oldNumber: [Int: Int] = [:]
        var newNumber: [Int: Int] = [:]
        for (number, pair) in groupPairs.enumerated() {
            oldNumber[pair.old] = number
            newNumber[pair.new] = number
        }
        // Most groups of a changed file are as they were: they cost a comparison and no hashing.
        let same = groupPairs.filter { old[$0.old].rules == new[$0.new].rules }
        for groups in same {
            pairs += old[groups.old].rules.indices.map { rule in
                Pair(old: Place(group: groups.old, rule: rule), new: Place(group: groups.new, rule: rule))
            }
        }
        removed = RuleMatching.places(old, without: Set(same.map(\.old)))
        added = RuleMatching.places(new, without: Set(same.map(\.new)))
        matchWithinGroups(oldNumber, newNumber)
        matchAcrossGroups()
        // A rule whose name alone changed. Last, and only within a group: expressions repeat.
        match({ oldNumber[$0.group] }, { newNumber[$0.group] }) { Renamed(kind: $0.kind, expr: $0.expr) }
    }

    private mutating func matchWithinGroups(_ oldNumber: [Int: Int], _ newNumber: [Int: Int]) {
        let old = { (place: Place) in oldNumber[place.group] }
        let new = { (place: Place) in newNumber[place.group] }
        match(old, new) { $0 }
        // Prometheus finds an alert's state by name and labels, in order.
        match(old, new) { State(kind: $0.kind, name: $0.name, labels: $0.labels) }
        match(old, new) { Expression(kind: $0.kind, name: $0.name, expr: $0.expr) }
        match(old, new) { Named(kind: $0.kind, name: $0.name) }
    }

    private mutating func matchAcrossGroups() {
        match({ _ in 0 }, { _ in 0 }) { $0 }
        match({ _ in 0 }, { _ in 0 }) { Expression(kind: $0.kind, name: $0.name, expr: $0.expr) }
        // By the name alone only where there is no doubt which is meant.
        let oldNames = counts(removed.map { oldGroups[$0.group].rules[$0.rule] })
        let newNames = counts(added.map { newGroups[$0.group].rules[$0.rule] })
        let certain = Set(oldNames.lazy.filter { $0.value == 1 && newNames[$0.key] == 1 }.map(\.key))
        match({ _ in 0 }, { _ in 0 }) { rule in
            let named = Named(kind: rule.kind, name: rule.name)
            return certain.contains(named) ? named : nil
        }
    }

    private func counts(_ rules: [Meaning.Rule]) -> [Named: Int] {
        var counts: [Named: Int] = [:]
        for rule in rules { counts[Named(kind: rule.kind, name: rule.name), default: 0] += 1 }
        return counts
    }

    /// Pairs leftovers whose scopes and keys are equal; those without a scope or key are left.
    private mutating func match<Key: Hashable>(
        _ oldScope: (Place) -> Int?, _ newScope: (Place) -> Int?, by key: (Meaning.Rule) -> Key?
    ) {
        if removed.isEmpty || added.isEmpty { return }
        var waiting: [Scoped<Key>: ArraySlice<Int>] = [:]
        for (index, place) in removed.enumerated() {
            guard let scope = oldScope(place), let key = key(oldGroups[place.group].rules[place.rule]) else { continue }
            waiting[Scoped(scope: scope, key: key), default: []].append(index)
        }
        var gone: Set<Int> = []
        var stillAdded: [Place] = []
        for place in added {
            if let scope = newScope(place), let key = key(newGroups[place.group].rules[place.rule]),
                let index = waiting[Scoped(scope: scope, key: key)]?.popFirst()
            {
                pairs.append(Pair(old: removed[index], new: place))
                gone.insert(index)
            } else {
                stillAdded.append(place)
            }
        }
        removed = removed.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
        added = stillAdded
    }

    private static func places(_ groups: [Meaning.Group], without done: Set<Int>) -> [Place] {
        groups.indices.filter { !done.contains($0) }.flatMap { group in
            groups[group].rules.indices.map { Place(group: group, rule: $0) }
        }
    }
}

extension RuleMatching {
    private struct Scoped<Key: Hashable>: Hashable {
        let scope: Int
        let key: Key
    }
    private struct State: Hashable {
        let kind: Meaning.Rule.Kind
        let name: String
        let labels: Labels
    }
    private struct Expression: Hashable {
        let kind: Meaning.Rule.Kind
        let name: String
        let expr: String
    }
    private struct Named: Hashable {
        let kind: Meaning.Rule.Kind
        let name: String
    }
    private struct Renamed: Hashable {
        let kind: Meaning.Rule.Kind
        let expr: String
    }
}
