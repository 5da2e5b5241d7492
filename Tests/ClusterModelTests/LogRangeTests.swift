import ClusterModel
import Testing

@Suite struct LogRangeTests {
    @Test(arguments: [
        "10m", "90s", "1h30m", "1.5h", "250ms", "2014-10-21", "2014-10-21T12:00:00Z",
        "2014-10-21T12:00:00.123456789+01:00",
    ])
    func times(_ text: String) {
        #expect(LogRange.isTime(text))
    }

    @Test(arguments: [
        "", "10", "m", "-1h", "--follow", "10m ", "10d", ".5h", "yesterday", "2014-10-2", "2014/10/21",
        "2014-10-21 12:00",
        "2014-10-21T12:00;x", "1h" + String(repeating: "0", count: 40) + "m",
    ])
    func whatIsNone(_ text: String) {
        #expect(!LogRange.isTime(text))
    }
}
