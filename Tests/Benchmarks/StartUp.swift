/// `stoker --version` from start to end, and `/bin/true` as the measure of what starting any program costs here.
enum StartUp {
    static func run() async throws {
        let binary = try Binary.release()
        var stoker: [Spawned] = []
        var nothing: [Spawned] = []
        // The first run reads the binary from disk.
        _ = try Spawned.run([binary, "--version"])
        for _ in 0..<30 {
            stoker.append(try Spawned.run([binary, "--version"]))
            nothing.append(try Spawned.run(["/bin/true"]))
        }
        let ratios = zip(stoker, nothing).map { $0.wall / $1.wall }
        try Figure("start_up_wall", stoker.map(\.wall), .milliseconds, aim: "under 30").report()
        try Figure("start_up_cpu", stoker.map(\.cpu), .milliseconds).report()
        try Figure("start_up_of_bin_true_wall", nothing.map(\.wall), .milliseconds).report()
        try Figure("start_up_to_bin_true", ratios, .ratio).report()
    }
}
