import ClusterModel
import Testing

@Suite("The room of a dictionary")
struct DictionaryRoomTests {
    @Test("is given back once little of a burst is left, which stays as it is")
    func released() {
        var numbers = Dictionary(uniqueKeysWithValues: (0..<1_000).map { ($0, $0) })
        for key in 3..<1_000 {
            numbers[key] = nil
            numbers.releaseRoom()
        }
        #expect(numbers == [0: 0, 1: 1, 2: 2])
        #expect(numbers.capacity <= 128)
    }
}
