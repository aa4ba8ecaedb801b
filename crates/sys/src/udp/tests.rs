use std::net::Ipv4Addr;
use std::os::fd::AsFd as _;

use super::*;

const WAIT: Duration = Duration::from_secs(5);

/// A socket at `address` that waits long enough for loopback.
fn server(address: &str) -> UdpSocket {
    let options = Options {
        receive_timeout: Some(WAIT),
        receive_buffer: 1 << 20,
        ..Options::default()
    };
    bind(address.parse().unwrap(), &options).unwrap()
}

/// A client at `from` that sends `payloads` to `server`'s port at `to`.
fn client(from: &str, server: &UdpSocket, to: &str, payloads: &[&[u8]]) -> UdpSocket {
    let socket = UdpSocket::bind((from, 0)).unwrap();
    socket.set_read_timeout(Some(WAIT)).unwrap();
    let port = server.local_addr().unwrap().port();
    // Only what comes from the address that was asked reaches a connected socket.
    socket.connect((to, port)).unwrap();
    for payload in payloads {
        assert_eq!(socket.send(payload).unwrap(), payload.len());
    }
    socket
}

/// Whether this machine has IPv6 at all.
fn has_ipv6() -> bool {
    UdpSocket::bind("[::1]:0").is_ok()
}

/// Receives until `count` datagrams were answered with their own bytes; gives their routes.
fn reflect(server: &UdpSocket, count: usize) -> Vec<Route> {
    let (mut batch, mut outgoing) = (Batch::new(4, 64), Outgoing::new(3));
    let mut routes = Vec::new();
    while routes.len() < count {
        let came = batch.receive(server.as_fd()).unwrap();
        assert!(came > 0, "{} of {count} came in time", routes.len());
        routes.extend(batch.messages().map(|message| message.route));
        let answers = batch
            .messages()
            .map(|message| (message.bytes, message.peer, message.route));
        let sent = outgoing.send(server.as_fd(), answers).unwrap();
        assert_eq!((sent.sent, sent.refused), (came, 0));
    }
    routes
}

/// Asks a server at `listen` by its address `to`, and checks that the answer comes from there.
fn check_answered(listen: &str, from: &str, to: &str) -> Route {
    let server = server(listen);
    let client = client(from, &server, to, &[b"query"]);
    let routes = reflect(&server, 1);
    let mut answer = [0; 64];
    let length = client.recv(&mut answer).unwrap();
    assert_eq!(&answer[..length], b"query");
    routes[0]
}

#[test]
fn a_socket_of_one_address_tells_the_interface_too() {
    // The loopback interface is the first of every network namespace.
    let route = |address: &str| Route {
        local: Some(address.parse().unwrap()),
        interface: 1,
    };
    let told = check_answered("127.0.0.1:0", "127.0.0.1", "127.0.0.1");
    assert_eq!(told, route("127.0.0.1"));
    if has_ipv6() {
        assert_eq!(check_answered("[::1]:0", "::1", "::1"), route("::1"));
    }
}

#[test]
fn the_interface_can_be_told_without_the_address() {
    let server = server("127.0.0.1:0");
    let _client = client("127.0.0.1", &server, "127.0.0.1", &[b"query"]);
    let mut batch = Batch::new(1, 64).without_local();
    assert_eq!(batch.receive(server.as_fd()).unwrap(), 1);
    let route = Route {
        local: None,
        interface: 1,
    };
    assert_eq!(batch.message(0).route, route);
}

#[test]
fn the_answer_leaves_from_the_address_that_was_asked() {
    for asked in ["127.0.0.2", "127.0.0.3"] {
        let route = check_answered("0.0.0.0:0", "127.0.0.1", asked);
        assert_eq!(route.local, Some(asked.parse().unwrap()));
        assert_ne!(route.interface, 0);
    }
    if has_ipv6() {
        let route = check_answered("[::]:0", "::1", "::1");
        assert_eq!(route.local, Some("::1".parse().unwrap()));
    }
}

#[test]
fn one_answer_alone_leaves_from_the_address_that_was_asked() {
    let server = server("0.0.0.0:0");
    let client = client("127.0.0.1", &server, "127.0.0.9", &[b"query"]);
    let mut batch = Batch::new(1, 64);
    assert_eq!(batch.receive(server.as_fd()).unwrap(), 1);
    let asked = batch.message(0);
    send_one(server.as_fd(), b"answer", asked.peer, asked.route).unwrap();
    let mut answer = [0; 64];
    assert_eq!(client.recv(&mut answer).unwrap(), 6);
}

#[test]
fn both_families_can_be_listened_on_everywhere() {
    if has_ipv6() {
        let six = server("[::]:0");
        let port = six.local_addr().unwrap().port();
        server(&format!("0.0.0.0:{port}"));
    }
}

#[test]
fn several_sockets_share_an_address_only_where_asked() {
    let share = Options {
        reuse_port: true,
        ..Options::default()
    };
    let any = (Ipv4Addr::LOCALHOST, 0).into();
    let first = bind(any, &share).unwrap();
    let address = first.local_addr().unwrap();
    bind(address, &share).unwrap();
    let refused = bind(address, &Options::default()).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
}

#[test]
fn more_than_a_batch_comes_in_several_and_in_order() {
    let server = server("127.0.0.1:0");
    let payloads: Vec<[u8; 1]> = (0..11).map(|number| [number]).collect();
    let slices: Vec<&[u8]> = payloads.iter().map(|payload| &payload[..]).collect();
    let client = client("127.0.0.1", &server, "127.0.0.1", &slices);
    reflect(&server, 11);
    for payload in payloads {
        let mut answer = [0; 64];
        assert_eq!(client.recv(&mut answer).unwrap(), 1);
        assert_eq!(answer[0], payload[0]);
    }
}

#[test]
fn what_is_longer_than_a_slot_is_marked() {
    let server = server("127.0.0.1:0");
    let payloads: [&[u8]; 3] = [&[1; 16], &[2; 17], &[]];
    let _client = client("127.0.0.1", &server, "127.0.0.1", &payloads);
    let mut batch = Batch::new(3, 16);
    assert_eq!(batch.receive(server.as_fd()).unwrap(), 3);
    let came: Vec<_> = batch
        .messages()
        .map(|message| (message.bytes.to_vec(), message.truncated))
        .collect();
    assert_eq!(
        came,
        [
            (vec![1; 16], false),
            (vec![2; 16], true),
            (Vec::new(), false)
        ]
    );
}

#[test]
fn an_answer_can_be_written_over_its_query() {
    let server = server("127.0.0.1:0");
    let client = client("127.0.0.1", &server, "127.0.0.1", &[b"abc"]);
    let mut batch = Batch::new(2, 16);
    batch.receive(server.as_fd()).unwrap();
    let slot = batch.slot(0);
    assert_eq!((slot.length, slot.buffer.len()), (3, 16));
    slot.buffer[..5].copy_from_slice(b"ABCDE");
    let (peer, route) = (slot.peer, slot.route);
    let mut outgoing = Outgoing::new(1);
    outgoing
        .send(server.as_fd(), [(&batch.buffer(0)[..5], peer, route)])
        .unwrap();
    let mut answer = [0; 64];
    assert_eq!(client.recv(&mut answer).unwrap(), 5);
    assert_eq!(&answer[..5], b"ABCDE");
}

#[test]
fn waiting_ends_with_nothing() {
    let options = Options {
        receive_timeout: Some(Duration::ZERO),
        ..Options::default()
    };
    let server = bind("127.0.0.1:0".parse().unwrap(), &options).unwrap();
    let mut batch = Batch::new(2, 16);
    assert_eq!(batch.receive(server.as_fd()).unwrap(), 0);
    assert!(batch.is_empty());
    assert_eq!(batch.messages().count(), 0);
}

#[test]
fn a_peer_that_is_gone_does_not_stop_receiving() {
    let server = server("127.0.0.1:0");
    let gone = client("127.0.0.1", &server, "127.0.0.1", &[]);
    let closed = gone.local_addr().unwrap();
    drop(gone);
    // Only a connected socket is told; so is one that asks for IP_RECVERR.
    server.connect(closed).unwrap();
    server.send(b"x").unwrap();
    let mut batch = Batch::new(2, 16);
    assert_eq!(batch.receive(server.as_fd()).unwrap(), 0);
    let back = UdpSocket::bind(closed).unwrap();
    back.send_to(b"query", server.local_addr().unwrap())
        .unwrap();
    assert_eq!(batch.receive(server.as_fd()).unwrap(), 1);
}

#[test]
fn what_the_kernel_refuses_is_passed_over_and_counted() {
    let server = server("127.0.0.1:0");
    let client = client("127.0.0.1", &server, "127.0.0.1", &[]);
    let (peer, route) = (client.local_addr().unwrap(), Route::default());
    let nobody = (Ipv4Addr::LOCALHOST, 0).into();
    let foreign = Route {
        local: Some("192.0.2.1".parse().unwrap()),
        interface: 0,
    };
    let long = vec![0; 70_000];
    let answers: [(&[u8], _, _); 6] = [
        (b"1", peer, route),
        (b"no port", nobody, route),
        (&long, peer, route),
        (b"2", peer, route),
        (b"not our address", peer, foreign),
        (b"3", peer, route),
    ];
    let sent = Outgoing::new(4).send(server.as_fd(), answers).unwrap();
    assert_eq!((sent.sent, sent.refused), (3, 3));
    for expected in [b"1", b"2", b"3"] {
        let mut answer = [0; 64];
        client.recv(&mut answer).unwrap();
        assert_eq!(answer[0], expected[0]);
    }
}

#[test]
fn what_is_no_socket_is_an_error() {
    let file = std::fs::File::open("/dev/null").unwrap();
    let mut batch = Batch::new(1, 16);
    assert!(batch.receive(file.as_fd()).is_err());
    let peer = (Ipv4Addr::LOCALHOST, 9).into();
    let answers: [(&[u8], _, _); 1] = [(b"x", peer, Route::default())];
    assert!(Outgoing::new(1).send(file.as_fd(), answers).is_err());
    assert!(send_one(file.as_fd(), b"x", peer, Route::default()).is_err());
}

#[test]
fn a_batch_can_be_handed_to_its_thread() {
    let server = server("127.0.0.1:0");
    let _client = client("127.0.0.1", &server, "127.0.0.1", &[b"query"]);
    let mut batch = Batch::new(2, 16);
    let thread = std::thread::spawn(move || {
        batch.receive(server.as_fd()).unwrap();
        batch.message(0).bytes.to_vec()
    });
    assert_eq!(thread.join().unwrap(), b"query");
}
