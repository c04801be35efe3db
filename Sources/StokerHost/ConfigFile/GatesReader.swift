import StokerCore

/// The `gates` section of an environment.
struct GatesReader {
    private let fields: FieldReader
    private let zones: ZoneList
    private let hasUpstreams: Bool

    /// How a person's word is asked for.
    private enum Asking: String, CaseIterable { case never = "none", manual }

    init(_ fields: FieldReader, _ zones: ZoneList, hasUpstreams: Bool) {
        self.fields = fields
        self.zones = zones
        self.hasUpstreams = hasUpstreams
    }

    func read() -> GateConfiguration {
        defer { fields.finish() }
        fields.refuseNull(
            "soak", "approval", "approvers", "approvals", "approval_expires", "windows", "blackouts", "checks",
            "unexercised")
        var gates = GateConfiguration()
        gates.soak = fields.duration("soak", default: .zero, zero: .allowed)
        gates.unexercised = fields.choice("unexercised", default: GateConfiguration.Unexercised.report)
        requireUpstreams("soak", "it counts how long a content has run there")
        requireUpstreams("unexercised", "it is about what was not run there")
        let asking = fields.choice("approval", default: Asking.never)
        let policy = approvalPolicy(isAsked: asking == .manual || gates.unexercised == .hold)
        gates.approval = asking == .manual ? policy : nil
        gates.unexercisedApproval = policy
        let windows = intervals("windows")
        gates.windows = windows.map(\.interval)
        gates.blackouts = intervals("blackouts").map(\.interval)
        fields.problems.note(
            WrittenWindows(windows: windows, blackouts: gates.blackouts, mark: fields.keyMark("blackouts")))
        gates.checks = fields.items("checks").compactMap { item in
            FieldReader(item, "a check", fields.problems).flatMap { CheckReader($0).readGate() }
        }
        return gates
    }

    private func requireUpstreams(_ key: String, _ why: String) {
        guard !hasUpstreams, fields.value(key) != nil else { return }
        fields.complain(fields.keyMark(key), "\(key) needs after with the environments before this one: \(why)")
    }

    private func approvalPolicy(isAsked: Bool) -> ApprovalPolicy {
        let approvers = fields.distinctTexts("approvers", "user")
        let count = fields.count("approvals", default: 1)
        let expires = fields.duration("approval_expires", default: ApprovalPolicy().expires)
        for key in ["approvers", "approvals", "approval_expires"] where !isAsked && fields.value(key) != nil {
            fields.complain(
                fields.keyMark(key), "\(key) needs approval: manual, or unexercised: hold: nobody is asked without")
        }
        if !approvers.isEmpty, count > approvers.count {
            fields.complain(
                fields.keyMark("approvals"),
                "approvals must not be more than the \(approvers.count) of approvers, or nothing could enter")
        }
        return ApprovalPolicy(approvers: approvers.map(\.value), count: count, expires: expires)
    }

    private func intervals(_ key: String) -> [WrittenWindows.Window] {
        fields.refuseEmpty(key, "time interval")
        return fields.items(key).compactMap { item in
            FieldReader(item, "a time interval", fields.problems).flatMap { IntervalReader($0, zones).read() }
                .map { WrittenWindows.Window(interval: $0, mark: item.mark) }
        }
    }
}
