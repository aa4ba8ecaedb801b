//! A request code from a blocked answer to `lachan why --code`.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{Name, RecordType};

use crate::support::{Place, Server, upstream_behind};

fn ready() -> Place {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    place.put_ruleset();
    place.put_groups();
    place
}

/// The code in the error of a blocked answer for a device of the group `127.0.GROUP.0/24`.
fn code(server: &Server, group: u8, name: &str) -> String {
    let socket = UdpSocket::bind(SocketAddr::from(([127, 0, group, 1], 0))).unwrap();
    let patience = Some(Duration::from_secs(5));
    socket.set_read_timeout(patience).unwrap();
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    let name = Name::from_ascii(format!("{name}.")).unwrap();
    message.add_query(Query::query(name, RecordType::A));
    message.set_edns(Edns::new());
    let bytes = message.to_vec().unwrap();
    socket.send_to(&bytes, server.address).unwrap();
    let mut buffer = [0; 4096];
    let (length, _) = socket.recv_from(&mut buffer).unwrap();
    let answer = Message::from_vec(&buffer[..length]).unwrap();
    let edns = answer.edns.unwrap();
    let options = edns.options().as_ref();
    let text = options.iter().find_map(|(_, option)| match option {
        EdnsOption::Unknown(15, data) => Some(String::from_utf8(data[2..].to_vec()).unwrap()),
        _ => None,
    });
    let text = text.unwrap();
    let (_, code) = text
        .split_once(", mã ")
        .unwrap_or_else(|| panic!("no code: {text}"));
    code.to_owned()
}

/// What a code stands for, once the log has it.
fn looked_up(place: &Place, code: &str) -> serde_json::Value {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let done = place.run(&["why", "--code", code, "--json"]);
        if done.code == 0 {
            return done.json();
        }
        assert_eq!(done.code, 1, "{done:?}");
        assert!(Instant::now() < end, "{code} was never found: {done:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_code_leads_to_the_block_and_its_reason() {
    let place = ready();
    let server = place.start();
    let told = code(&server, 3, "www.fb88.com");
    let other = code(&server, 4, "www.fb88.com");
    assert_ne!(told, other, "another group, another code");
    // Told over a counter, typed as it was heard.
    let heard = told.to_lowercase().replace('0', "o").replace('1', "l");
    let found = looked_up(&place, &heard);
    assert_eq!(found["code"], told.as_str());
    let [event] = &found["events"].as_array().unwrap()[..] else {
        panic!("{found}");
    };
    assert_eq!(
        (&event["name"], &event["group"]),
        (&"fb88.com".into(), &"thcs".into())
    );
    let why = &found["why"][0];
    assert_eq!(
        (&why["name"], &why["action"]),
        (&"fb88.com".into(), &"block".into())
    );
    assert_eq!(why["list"], "base/gambling");
    let text = place.run(&["why", "--code", &told]);
    assert!(
        text.out.contains(&told) && text.out.contains("fb88.com"),
        "{text:?}"
    );

    // A restart keeps the key: the code of the day stays.
    assert_eq!(server.stop("-TERM"), 0);
    let server = place.start();
    assert_eq!(code(&server, 3, "m.fb88.com"), told);
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_code_of_a_cloaked_name_tells_what_stands_behind_it() {
    let upstream = upstream_behind(&[("shop.hoc-vui.example", "track.fb88.com")]);
    let place = Place::new();
    place.settings(&format!(
        "listen = [\"127.0.0.1:0\"]\nupstreams = [\"{upstream}\"]"
    ));
    place.put_ruleset();
    place.put_groups();
    let server = place.start();
    let told = code(&server, 3, "shop.hoc-vui.example");
    let found = looked_up(&place, &told);
    let event = &found["events"][0];
    assert_eq!(event["name"], "hoc-vui.example");
    assert_eq!(event["behind"]["name"], "fb88.com");
    let why = &found["why"][0];
    assert_eq!(
        (&why["name"], &why["action"], &why["list"]),
        (&"fb88.com".into(), &"block".into(), &"base/gambling".into())
    );
    let text = place.run(&["why", "--code", &told]);
    let says = "its answer leads to fb88.com (CNAME)";
    assert!(text.out.contains(says), "{text:?}");
    for (language, says) in [
        ("en_US.UTF-8", "hoc-vui.example (behind it stands fb88.com)"),
        ("vi_VN.UTF-8", "hoc-vui.example (đứng sau là fb88.com)"),
    ] {
        let mut command = place.command(&["events"]);
        let done = crate::support::done(command.env("LANG", language).output().unwrap());
        assert!(done.out.contains(says), "{done:?}");
    }
    // The name behind is found by its own name, too.
    let found = place.run(&["events", "--name", "fb88", "--json"]);
    assert_eq!(found.json()[0]["name"], "hoc-vui.example");
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_code_of_a_category_without_names_leads_to_the_category() {
    let place = ready();
    let rules = lachan_lists::testing::rules_folder();
    let list = std::fs::read_to_string(rules.join("base/self-harm.txt")).unwrap();
    let line = list
        .lines()
        .find(|line| !line.starts_with('#') && !line.trim().is_empty());
    let name = line.unwrap().split_whitespace().next().unwrap();
    let name = name.trim_start_matches(['=', '*', '.']);
    let server = place.start();
    let told = code(&server, 3, name);
    let found = looked_up(&place, &told);
    let event = &found["events"][0];
    assert_eq!(event["category"], "self-harm");
    assert_eq!(event["name"], serde_json::Value::Null);
    assert_eq!(found["why"].as_array().unwrap().len(), 0);
    assert!(!found.to_string().contains(name));
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn an_unknown_or_mistyped_code_is_told_as_such() {
    let place = ready();
    let unknown = place.run(&["why", "--code", "000000"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.out.contains("try again"), "{unknown:?}");
    let mistyped = place.run(&["why", "--code", "000001"]);
    assert_eq!(mistyped.code, 2, "{mistyped:?}");
    assert!(mistyped.err.contains("no request code"), "{mistyped:?}");
}

#[test]
fn a_box_that_cannot_keep_a_key_filters_without_codes() {
    let place = ready();
    // A file where the folder should be.
    place.file("data/state", "");
    let server = place.start();
    assert_eq!(server.answer(3, "fb88.com"), "NXDOMAIN");
    assert_eq!(server.stop("-TERM"), 0);
}
