/// Which owner, group and permission bits a copy can have so that whoever could read the original can read the copy, and
/// nobody else. Pure, so that it is tested without a second user.
struct AccessChoice: Equatable {
    /// Owner, group and permission bits of a file.
    struct Facts: Equatable {
        var owner: UInt32
        var group: UInt32
        var permissions: UInt16
    }

    /// What we may do.
    struct Powers {
        var user: UInt32
        var groups: Set<UInt32>
        /// May give files away: root.
        var isPrivileged: Bool
    }

    enum Answer: Equatable {
        case give(Facts)
        /// Nobody else may read it, but the owner or group of the original could not either.
        case refuse
    }

    /// - Parameter isMember: whether the first (user) belongs to the second (group); asked only where it decides.
    static func choose(
        like model: Facts, powers: Powers, isMember: (_ user: UInt32, _ group: UInt32) -> Bool
    ) -> Answer {
        if powers.isPrivileged { return .give(model) }
        var facts = model
        let read: UInt16 = 0o4
        let othersRead = model.permissions & read != 0
        facts.owner = powers.user
        if !powers.groups.contains(model.group) {
            let groupRead = model.permissions >> 3 & read != 0
            if groupRead && !othersRead { return .refuse }
            // Our own group may do what everybody may, and no more.
            facts.group = powers.groups.min() ?? model.group
            facts.permissions = model.permissions & ~0o070 | (model.permissions & 0o7) << 3
        }
        if model.owner != powers.user && model.permissions >> 6 & read != 0 && !othersRead {
            let viaGroup = facts.group == model.group && model.permissions >> 3 & read != 0
            if !viaGroup || !isMember(model.owner, model.group) { return .refuse }
        }
        return .give(facts)
    }
}
