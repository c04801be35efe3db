/// Finds which old rule group became which new one: the same file and name; else, among those left over, the same rules
/// elsewhere (a move or a new name), else enough of the same rules.
struct GroupMatching {
    struct Pair {
        let old: Int
        let new: Int
    }

    private let old: [Meaning.Group]
    private let new: [Meaning.Group]
    private(set) var pairs: [Pair] = []
    private(set) var removed: [Int]
    private(set) var added: [Int]

    init(old: [Meaning.Group], new: [Meaning.Group]) {
        self.old = old
        self.new = new
        removed = Array(old.indices)
        added = Array(new.indices)
        match { [$0.file, $0.name] }
        match { $0.rules.isEmpty ? nil : Identical(name: $0.name, file: nil, rules: $0.rules) }
        match { $0.rules.isEmpty ? nil : Identical(name: nil, file: $0.file, rules: $0.rules) }
        match { $0.rules.isEmpty ? nil : Identical(name: nil, file: nil, rules: $0.rules) }
        matchBySharedRules()
    }

    private struct Identical: Hashable {
        let name: String?
        let file: String?
        let rules: [Meaning.Rule]
    }

    private mutating func match<Key: Hashable>(by key: (Meaning.Group) -> Key?) {
        if removed.isEmpty || added.isEmpty { return }
        var waiting: [Key: ArraySlice<Int>] = [:]
        for index in removed { if let key = key(old[index]) { waiting[key, default: []].append(index) } }
        let new = self.new
        take { index in key(new[index]).flatMap { waiting[$0]?.popFirst() } }
    }

    /// A group with another place or name and other contents is still the same when half of the larger one's rules are
    /// in both by name, or, under the same name, any at all.
    private mutating func matchBySharedRules() {
        if removed.isEmpty || added.isEmpty { return }
        var holders: [RuleName: [Int]] = [:]
        for index in removed {
            for name in Set(old[index].rules.map(RuleName.init)) {
                // A name that is everywhere tells nothing, and looking at all of them would cost a square.
                if holders[name, default: []].count < 8 { holders[name, default: []].append(index) }
            }
        }
        var taken: Set<Int> = []
        let (old, new) = (self.old, self.new)
        take { index in
            var shared: [Int: Int] = [:]
            for name in Set(new[index].rules.map(RuleName.init)) {
                for holder in holders[name] ?? [] where !taken.contains(holder) { shared[holder, default: 0] += 1 }
            }
            let candidates = shared.filter { holder, count in
                old[holder].name == new[index].name
                    || count * 2 >= max(old[holder].rules.count, new[index].rules.count)
            }
            let best = candidates.min { a, b in
                let aNamed = old[a.key].name == new[index].name
                let bNamed = old[b.key].name == new[index].name
                if aNamed != bNamed { return aNamed }
                return a.value != b.value ? a.value > b.value : a.key < b.key
            }
            if let best { taken.insert(best.key) }
            return best?.key
        }
    }

    private struct RuleName: Hashable {
        let kind: Meaning.Rule.Kind
        let name: String
        init(_ rule: Meaning.Rule) {
            kind = rule.kind
            name = rule.name
        }
    }

    /// Pairs each added group with the removed one that is named for it.
    private mutating func take(_ partner: (Int) -> Int?) {
        var gone: Set<Int> = []
        var left: [Int] = []
        for index in added {
            if let found = partner(index) {
                pairs.append(Pair(old: found, new: index))
                gone.insert(found)
            } else {
                left.append(index)
            }
        }
        removed.removeAll { gone.contains($0) }
        added = left
    }
}
