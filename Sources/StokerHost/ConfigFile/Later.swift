/// What the configuration of later versions will have. It is refused by name instead of ignored: a gate that nobody
/// heeds is worse than none.
enum Later {
    static let rootKeys: Set = ["hooks", "notifications", "schedule", "web"]
    static let environmentKeys: Set = ["hooks", "notifications", "schedule"]
    static let verifyKeys: Set = ["schedule"]
}
