// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
// The simulator walks hundreds of thousands of schedules in a debug build, so what it walks is compiled with optimisation.
let optimised: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]
let simulated: [SwiftSetting] =
    strict + [
        .unsafeFlags(
            [
                "-O", "-whole-module-optimization", "-num-threads", "2", "-disable-batch-mode",
                "-enforce-exclusivity=unchecked",
            ],
            .when(configuration: .debug))
    ]
let strictC: [CSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
    name: "stoker-gitops",
    products: [.executable(name: "stoker", targets: ["stoker"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    ],
    targets: [
        // Core decides. It imports nothing.
        .target(name: "StokerCore", swiftSettings: optimised),

        // System libraries, and what Swift cannot import from C.
        .systemLibrary(name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CPlatform", dependencies: ["CLibgit2", "CCurl"], cSettings: strictC),

        // Boundaries: all unsafe memory of the program.
        .target(name: "Git", dependencies: ["CLibgit2", "CPlatform", "StokerCore"], swiftSettings: strict),
        .target(name: "HTTP", dependencies: ["CCurl", "CPlatform", "StokerCore"], swiftSettings: strict),
        .target(name: "YAML", dependencies: ["CYAML", "StokerCore"], swiftSettings: strict),
        .target(name: "SQLite", dependencies: ["CSQLite", "StokerCore"], swiftSettings: strict),
        .target(name: "Digests", dependencies: ["CCrypto", "StokerCore"], swiftSettings: strict),

        // Host does.
        .target(
            name: "StokerHost",
            dependencies: [
                "StokerCore", "Git", "HTTP", "YAML", "SQLite", "Digests", "CPlatform",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // Server shows.
        .target(
            name: "StokerServer",
            dependencies: [
                "StokerCore",
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            swiftSettings: strict),

        // The executable wires.
        .executableTarget(
            name: "stoker",
            dependencies: [
                "StokerCore", "StokerHost", "StokerServer", "Git",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // Tests.
        .target(name: "TestSupport", dependencies: ["CPlatform"], path: "Tests/TestSupport", swiftSettings: strict),
        .target(
            name: "StokerSimulation", dependencies: ["StokerCore"], path: "Tests/StokerSimulation",
            swiftSettings: simulated),
        .testTarget(
            name: "SimulationTests", dependencies: ["StokerCore", "StokerSimulation", "TestSupport"],
            swiftSettings: optimised),
        .testTarget(
            name: "StokerCoreTests", dependencies: ["StokerCore", "YAML", "TestSupport", "StokerSimulation"],
            swiftSettings: strict),
        .testTarget(name: "GitTests", dependencies: ["Git", "StokerCore", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "HTTPTests", dependencies: ["HTTP", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "YAMLTests", dependencies: ["YAML", "StokerCore", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "DigestsTests", dependencies: ["Digests", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "StokerHostTests",
            dependencies: [
                "StokerHost", "StokerCore", "CPlatform", "Git", "HTTP", "YAML", "SQLite", "TestSupport",
                "StokerSimulation",
                "stoker", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StokerServerTests",
            dependencies: [
                "StokerServer", "StokerHost", "StokerCore", "HTTP", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "IntegrationTests", dependencies: ["TestSupport", "stoker"], swiftSettings: strict),
        .testTarget(
            name: "CrashTests", dependencies: ["TestSupport", "StokerSimulation", "stoker"], swiftSettings: strict),
        .testTarget(name: "TidyTests", dependencies: ["TestSupport"], swiftSettings: strict),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "StokerCore", "StokerHost", "YAML", "TestSupport", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Benchmarks", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
