import NodeKit
import Pods
import Testing

@Suite("The fake engine does what docker does")
struct FakeRuntimeTests {
    private struct Bench: RuntimeBench {
        let fake = FakeRuntime(owner: "one")
        let other: FakeRuntime
        let shellImage = "shell"

        init() {
            other = fake.neighbour(owner: "two")
            fake.addImages(shellImage, fake.networkImage)
        }

        var runtime: any ContainerRuntime { fake }
        var neighbour: any ContainerRuntime { other }

        func forgetNetworkImage() async throws { fake.removeImage(fake.networkImage) }
        func forgetPodNetwork() async throws { fake.subnet = nil }
    }

    @Test("in each case", arguments: RuntimeCase.all)
    func passes(_ story: RuntimeCase) async throws {
        try await story.run(on: Bench())
    }
}
