import ArgumentParser
import Testing

@testable import kubecfg

@Suite struct PlaceholderTests {
    @Test func isNamed() { #expect(Kubecfg.configuration.commandName == "kubecfg") }
}
