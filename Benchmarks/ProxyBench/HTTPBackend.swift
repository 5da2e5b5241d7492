import CLinux
import Glibc

/// The backend of the measurements: answers every HTTP request from memory on one port, sends bytes for ever on another.
/// It prints both ports and ends with its input.
enum HTTPBackend {
    private static let threads = 2
    private static let keepAlive = response("keep-alive")
    private static let close = response("close")

    private static func response(_ connection: String) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: \(connection)\r\n\r\nHello, world\n".utf8)
    }

    static func run() throws {
        raiseDescriptorLimit()
        let (http, httpPort) = try listenOnLoopback()
        let (bulk, bulkPort) = try listenOnLoopback()
        for _ in 0..<threads { startThread { answerForEver(http) } }
        startThread {
            while true {
                let client = accept(bulk, nil, nil)
                if client >= 0 { startThread { sendForEver(client) } }
            }
        }
        printLine("\(httpPort) \(bulkPort)")
        while readLine() != nil {}
    }

    private static func sendForEver(_ client: Int32) {
        let piece = [UInt8](repeating: 0x61, count: 256 << 10)
        while send(client, piece, piece.count, Int32(MSG_NOSIGNAL)) > 0 {}
        _ = Glibc.close(client)
    }

    private static func answerForEver(_ listener: Int32) {
        let set = epoll_create1(0)
        watch(set, listener, EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue)
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = epoll_wait(set, &events, 64, -1)
            for index in 0..<max(0, Int(count)) {
                let descriptor = events[index].data.fd
                if descriptor == listener {
                    let client = accept4(listener, nil, nil, Int32(SOCK_NONBLOCK.rawValue))
                    if client >= 0 {
                        var on: Int32 = 1
                        setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
                        watch(set, client, EPOLLIN.rawValue)
                    }
                } else {
                    answer(descriptor, &buffer)
                }
            }
        }
    }

    /// Requests of wrk fit into one segment, so one read is one request.
    private static func answer(_ client: Int32, _ buffer: inout [UInt8]) {
        let count = recv(client, &buffer, buffer.count - 1, 0)
        if count <= 0 {
            if count == 0 || errno != EAGAIN { _ = Glibc.close(client) }
            return
        }
        // "Connection: close" is the only header of wrk's that makes a request longer than this.
        buffer[count] = 0
        let isLast = buffer.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { strstr($0, "close") != nil } ?? false
            }
        }
        let text = isLast ? close : keepAlive
        _ = send(client, text, text.count, Int32(MSG_NOSIGNAL))
        if isLast { _ = Glibc.close(client) }
    }

    private static func watch(_ set: Int32, _ descriptor: Int32, _ mask: UInt32) {
        var event = epoll_event(events: mask, data: epoll_data_t(fd: descriptor))
        _ = epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event)
    }
}
