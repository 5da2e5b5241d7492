import Testing

@testable import Master

@Suite struct RESTMetricsTests {
    @Test func answersAreCountedByWhatTheyWereAbout() {
        let metrics = RESTMetrics()
        metrics.note(.init(verb: .get, resource: .pods), code: 200, after: .milliseconds(4))
        metrics.note(.init(verb: .get, resource: .pods), code: 404, after: .milliseconds(300))
        let lines = metrics.text().split(separator: "\n")
        for line in [
            #"apiserver_request_total{verb="GET",resource="pods",code="200"} 1"#,
            #"apiserver_request_total{verb="GET",resource="pods",code="404"} 1"#,
            #"apiserver_request_duration_seconds_bucket{verb="GET",resource="pods",le="0.0025"} 0"#,
            #"apiserver_request_duration_seconds_bucket{verb="GET",resource="pods",le="0.005"} 1"#,
            #"apiserver_request_duration_seconds_bucket{verb="GET",resource="pods",le="0.5"} 2"#,
            #"apiserver_request_duration_seconds_bucket{verb="GET",resource="pods",le="+Inf"} 2"#,
            #"apiserver_request_duration_seconds_count{verb="GET",resource="pods"} 2"#,
            "# TYPE apiserver_request_duration_seconds histogram",
        ] {
            #expect(lines.contains { $0 == line }, "\(line)")
        }
    }

    @Test func aWatchHoldsItsPlaceAsLongAsItExists() {
        let metrics = RESTMetrics()
        var places = (0..<RESTLimits.watches).map { _ in WatchPlace(.pods, metrics) }
        #expect(places.allSatisfy { $0 != nil })
        #expect(WatchPlace(.services, metrics) == nil)
        places.removeLast()
        #expect(WatchPlace(.services, metrics) != nil)
        #expect(metrics.text().contains(#"apiserver_longrunning_requests{verb="WATCH",resource="pods"} 2047"#))
    }

    @Test func labelsAreEscaped() {
        var text = MetricsText()
        text.add("m", [("l", "a\"b\\c\nd")], 0.5)
        #expect(text.text == "m{l=\"a\\\"b\\\\c\\nd\"} 0.5\n")
    }
}
