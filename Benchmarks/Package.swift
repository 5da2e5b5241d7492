// swift-tools-version: 6.2

import PackageDescription

/// A package of its own, so that neither the agent's build nor its tests know of the benchmarks.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "minion", path: ".."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .executableTarget(
            name: "proxy-bench",
            dependencies: [
                .product(name: "CLinux", package: "minion"),
                .product(name: "Proxy", package: "minion"),
            ],
            path: "ProxyBench"),
        .executableTarget(
            name: "minion-swarm",
            dependencies: [.product(name: "CLinux", package: "minion")]),
        .executableTarget(
            name: "rules-bench",
            dependencies: [
                .product(name: "ClusterModel", package: "minion"),
                .product(name: "Machine", package: "minion"),
                .product(name: "Proxy", package: "minion"),
                .product(name: "Services", package: "minion"),
                .product(name: "Logging", package: "swift-log"),
            ]),
    ]
)
