import Testing

/// The stories: booted Debian 12 machines, the package, and what a person would do. One at a time, because each brings up
/// machines of its own and two cores are enough for one story.
@Suite("End to end", .serialized)
enum EndToEnd {}
