import StokerCore

extension Schedule {
    /// Something happens in the world.
    func happen() {
        let id = machine.environment.targets[random.below(machine.environment.targets.count)].id
        switch random.below(40) {
        case 0..<11: push(anyDeed())
        case 11, 12: pushUnsigned()
        case 13:
            push(anyDeed())
            push(anyDeed())
        case 14, 15:
            tell("force push")
            machine.git.forcePush(
                back: 1 + random.below(2), random.chance(2) ? setup.content(.good, random.below(9), in: machine) : nil)
        case 16, 17: edit(id)
        case 18:
            tell("\(id) dies")
            machine.processes[id]?.die()
        case 19:
            tell("\(id) is started")
            machine.start(id)
        case 20:
            machine.processes[id]?.beginStart()
            tell("\(id) replays its log")
        case 21, 22, 23: troubleTheWay(to: id)
        case 24...29: troubleTheDisk()
        case 30:
            machine.journal.isBroken.toggle()
            tell("journal broken: \(machine.journal.isBroken)")
        case 31:
            machine.git.isUnreachable.toggle()
            if random.chance(2) { machine.git.cacheIsLost = true }
            tell("git unreachable: \(machine.git.isUnreachable), cache lost: \(machine.git.cacheIsLost)")
        case 32:
            let days = Int64(random.below(60)) - 30
            machine.wall = WallTime(milliseconds: machine.wall.milliseconds + days * 86_400_000)
            tell("the wall clock jumps by \(days) days")
        case 33:
            machine.outage.toggle()
            tell("outage: \(machine.outage)")
        default: ask()
        }
    }

    func push(_ deed: SimulatedPrometheus.Deed) {
        let content = setup.content(deed, random.below(9), in: machine)
        machine.git.push(content)
        countCommit()
        tell("push \(machine.git.contents[content]?.name ?? "")")
    }

    /// What nobody else ever commits, or what may be live already: a signature is not inherited.
    private func pushUnsigned() {
        let content = setup.content(anyDeed(), random.below(9) + (random.chance(3) ? 0 : 20), in: machine)
        machine.git.push(content, isSigned: false)
        countCommit()
        tell("push \(machine.git.contents[content]?.name ?? "") without a signature")
    }

    private func anyDeed() -> SimulatedPrometheus.Deed {
        random.chance(2)
            ? .good : SimulatedPrometheus.Deed.allCases[random.below(SimulatedPrometheus.Deed.allCases.count)]
    }

    private func edit(_ id: Target.ID) {
        let path = setup.layout == .singleFile ? "prometheus.yml" : ["prometheus.yml", "rules/a.yml"][random.below(2)]
        // A person's text is a configuration, too, and no two are the same.
        let text = "good edit\n\(random.next())\n# end\n"
        do throws(DiskError) {
            if try machine.edit(id, path, text) { tell("\(path) of \(id) is edited") }
        } catch {
            tell("an edit fails: \(error)")
        }
    }

    private func troubleTheWay(to id: Target.ID) {
        let troubles = SimulatedPrometheus.Trouble.allCases
        machine.processes[id]?.trouble = troubles[random.below(troubles.count)]
        tell("the way to \(id): \(machine.processes[id]?.trouble ?? .none)")
    }

    private func troubleTheDisk() {
        machine.disk.faults.clear()
        if random.chance(3) { return tell("the disk works") }
        countFaults()
        var faults = DiskFaults(seed: random.next())
        let trigger: DiskFaults.Trigger =
            [.always, .chance(0.2), .nth(1 + random.below(120)), .from(1 + random.below(120))][random.below(4)]
        let kind = random.below(7)
        switch kind {
        case 0:
            faults.noSpace = trigger
            machine.wasFull = true
        case 1: faults.io = trigger
        case 2: faults.interrupted = trigger
        case 3: faults.shortWrites = .chance(0.5)
        case 4: faults.accessDenied = trigger
        case 5: faults.readOnly = trigger
        default: faults.tooManyOpenFiles = trigger
        }
        machine.disk.faults = faults
        tell("the disk: \(["full", "EIO", "EINTR", "short writes", "EACCES", "read-only", "EMFILE"][kind]) \(trigger)")
    }

    private func ask() {
        let newest = machine.git.newest
        switch random.below(6) {
        case 0: machine.journal.ask(.suspend(reason: "a while", until: nil))
        case 1: machine.journal.ask(.resume)
        case 2: machine.journal.ask(.rollback(to: nil))
        case 3: machine.journal.ask(.reconcile(retry: true))
        case 4:
            if let newest, let commit = machine.git.head {
                machine.journal.ask(.reject(Revision(ref: "main", commit: commit), newest, reason: "no"))
            }
        default: if let commit = machine.git.head { machine.journal.ask(.approve(commit, newest)) }
        }
        tell("asks \(machine.journal.rows.requests.last.map { "\($0.kind)" } ?? "nothing")")
    }
}
