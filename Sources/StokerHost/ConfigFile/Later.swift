/// What the configuration of later versions will have. It is refused by name instead of ignored: a gate that nobody
/// heeds is worse than none.
enum Later {
    static let rootKeys: Set = ["gates", "hooks", "notifications", "remote", "schedule", "web"]
    static let environmentKeys: Set = [
        "advance", "after", "bake", "gates", "hooks", "notifications", "remote", "schedule", "unexercised",
    ]
    static let verifyKeys: Set = ["advance", "bake", "schedule", "unexercised"]
}
