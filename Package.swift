// swift-tools-version: 6.2

import PackageDescription

/// What every target is compiled with. A warning is an error, an import stays inside its target unless it says `public`,
/// and a member is visible only where its own module is imported: so the arrows of docs/architecture.md are checked by
/// the compiler and not only by a reader.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "minion",
    products: [
        .executable(name: "miniond", targets: ["miniond"]),
        .executable(name: "minionctl", targets: ["minionctl"]),
        .executable(name: "minion-master", targets: ["minion-master"]),
        .executable(name: "kubecfg", targets: ["kubecfg"]),
        // For Benchmarks/, a package of its own.
        .library(name: "CLinux", targets: ["CLinux"]),
        .library(name: "ClusterModel", targets: ["ClusterModel"]),
        .library(name: "Machine", targets: ["Machine"]),
        .library(name: "Proxy", targets: ["Proxy"]),
        .library(name: "Services", targets: ["Services"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.1"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Without its Foundation trait: Foundation would add 45 MB of binary and 7 MB of resident memory to the agent.
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        .target(name: "ClusterModel", swiftSettings: strict),
        .target(
            name: "Wire",
            dependencies: [
                "ClusterModel", "CYAML",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "Machine",
            dependencies: [
                "CLinux", "CSystemd",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        // How a daemon is told what to do; miniond and minion-master have a table of settings each.
        .target(name: "Settings", dependencies: ["ClusterModel", "Wire", "Machine"], swiftSettings: strict),
        // What miniond and minion-master are as processes.
        .target(
            name: "Daemon",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(name: "Proxy", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "Services",
            dependencies: ["ClusterModel", "Machine", "Proxy", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .target(
            name: "Pods",
            dependencies: ["ClusterModel", "Machine", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .target(
            name: "Agent",
            dependencies: [
                "ClusterModel", "Wire", "Pods", "Services", "Settings", "Daemon", "Proxy", "Machine",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        // The API server, its controllers and the pusher. What is heavy stays here: no target of the agent imports it.
        .target(
            name: "Master",
            dependencies: [
                "ClusterModel", "Wire", "Machine", "Settings", "Daemon",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "minion-master",
            dependencies: [
                "Daemon", "Machine", "Master", "Settings", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        // A client of the v1beta1 API, for the command-line tools.
        .target(
            name: "APIClient",
            dependencies: [
                "ClusterModel", "Wire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "kubecfg",
            dependencies: [
                "APIClient", "ClusterModel", "Wire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "miniond",
            dependencies: [
                "Agent", "Daemon", "Machine", "Settings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "minionctl",
            dependencies: [
                "APIClient", "ClusterModel", "Machine", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: strict),

        // Fakes that hold state and helpers for tests; never linked into a product.
        .target(
            name: "NodeKit",
            dependencies: [
                "ClusterModel", "Machine", "Pods", "Services", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/NodeKit",
            swiftSettings: strict),
        .target(
            name: "MasterKit", dependencies: ["ClusterModel", "Machine", "Master", "NodeKit"], path: "Tests/MasterKit",
            swiftSettings: strict),
        // Killed by MasterTests in the middle of its work.
        .executableTarget(
            name: "store-writer", dependencies: ["Master", "MasterKit"], path: "Tests/StoreWriter",
            swiftSettings: strict),
        .testTarget(name: "ClusterModelTests", dependencies: ["ClusterModel", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "WireTests",
            dependencies: ["ClusterModel", "NodeKit", "Wire", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),
        .testTarget(name: "MachineTests", dependencies: ["Machine", "NodeKit"], swiftSettings: strict),
        .testTarget(name: "DaemonTests", dependencies: ["Daemon"], swiftSettings: strict),
        .testTarget(name: "ProxyTests", dependencies: ["NodeKit", "Proxy"], swiftSettings: strict),
        .testTarget(
            name: "ServicesTests", dependencies: ["ClusterModel", "Machine", "NodeKit", "Services"],
            swiftSettings: strict),
        .testTarget(
            name: "PodsTests", dependencies: ["ClusterModel", "Machine", "NodeKit", "Pods"], swiftSettings: strict),
        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Agent", "ClusterModel", "Machine", "Master", "NodeKit", "Pods", "Proxy", "Services", "Settings",
                "Wire",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MasterTests",
            dependencies: [
                "APIClient", "ClusterModel", "Daemon", "Machine", "Master", "MasterKit", "NodeKit", "Settings", "Wire",
                "store-writer",
                "kubecfg",
                "minion-master",
                "minionctl",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Golden/api-v1beta1.json", "Golden/kubecfg.json"],
            swiftSettings: strict),
        .testTarget(
            name: "KubecfgTests",
            dependencies: [
                "APIClient", "ClusterModel", "NodeKit", "Wire", "kubecfg",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MinionctlTests",
            dependencies: [
                "APIClient", "ClusterModel", "minionctl",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        // Real Docker Engine and real kernel rules: run by scripts/private-engine, refused elsewhere.
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["ClusterModel", "Machine", "NodeKit", "Pods", "Proxy", "Services"], swiftSettings: strict),
        // Booted systemd hosts with the package installed: run by scripts/test.
        .testTarget(name: "EndToEndTests", dependencies: ["Machine", "NodeKit"], swiftSettings: strict),
    ]
)
