//! The pages for pupils in the running filter: a block is asked for and answered, a teacher's code opens until
//! the bell, a report arrives that only the counsellor's key opens. The whole way is real: the program, its DNS, its
//! proxy, its database; only the teacher's and the counsellor's screens are calls to the store.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use lachan_policy::{GroupId, Name, Role, Tier};
use lachan_store::{
    Act, Answer, Ends, Request, RequestFilter, RequestState, Settings, Store, UnlockKey,
};
use lachan_web::{Learning, encoded};
use socket2::{Domain, Socket, Type};

use crate::support::{Place, Server, UPSTREAM_ANSWER, rules, shipped, upstream};

/// The group of the device that asks: lower secondary school.
const GROUP: u8 = 3;
/// A site that a teacher may open for it, and one that nobody may.
const OPENABLE: &str = "zalo.me";
const LOCKED: &str = "fb88.com";

struct School {
    place: Place,
    server: Server,
    port: u16,
}

impl School {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let place = Place::new();
        let text = format!(
            "version = \"v1\"\n[school]\nname = \"THCS Lê Lợi\"\n\
             help = [{{ name = \"Cô Hoa\", phone = \"024 1234 5678\", note = \"Phòng 105\" }}]\n\
             [paths]\ndata = \"{}\"\nrules = \"{}\"\n[store]\nflush = \"1s\"\n\
             [resolver]\nlisten = [\"127.0.0.1:0\"]\nupstreams = [\"{}\"]\n\
             [proxy]\nexplicit = [\"127.0.0.1:{port}\"]\n",
            place.text("data"),
            rules().display(),
            upstream(),
        );
        place.file("lachan.toml", &text);
        place.put_ruleset();
        place.put_groups();
        let server = place.start();
        Self {
            place,
            server,
            port,
        }
    }

    /// What a device of a group hears that says this to the proxy.
    fn say(&self, group: u8, said: &str) -> String {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let from = SocketAddr::from(([127, 0, group, 7], 0));
        socket.bind(&from.into()).unwrap();
        let to = SocketAddr::from(([127, 0, 0, 1], self.port));
        socket.connect(&to.into()).unwrap();
        let mut stream: TcpStream = socket.into();
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        stream.write_all(said.as_bytes()).unwrap();
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        String::from_utf8(heard).unwrap()
    }

    fn get(&self, url: &str) -> String {
        self.get_as(GROUP, url)
    }

    fn get_as(&self, group: u8, url: &str) -> String {
        let host = url.trim_start_matches("http://").split('/').next().unwrap();
        let said = format!(
            "GET {url} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
        );
        self.say(group, &said)
    }

    fn post(&self, path: &str, origin: Option<&str>, fields: &[(&str, &str)]) -> String {
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let origin = origin.map_or_else(String::new, |origin| format!("Origin: {origin}\r\n"));
        let said = format!(
            "POST http://lachan.lan{path} HTTP/1.1\r\nHost: lachan.lan\r\nAccept: text/html\r\n{origin}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.say(GROUP, &said)
    }

    /// The store, as the teacher's screen has it.
    fn store(&self) -> Store {
        Store::open_tool(&self.place.path("data/lachan.db"), Settings::default()).unwrap()
    }

    /// The request code of a block, from its page.
    fn code(&self, host: &str) -> String {
        let page = self.get(&format!("http://{host}/"));
        assert!(page.starts_with("HTTP/1.1 403"), "{page}");
        between(&page, "xin-mo?ma=", "\"").to_owned()
    }

    fn wait_for(&self, url: &str, what: &str) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let page = self.get(url);
            if page.contains(what) {
                return page;
            }
            assert!(Instant::now() < end, "never {what:?}: {page}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text
        .split_once(from)
        .unwrap_or_else(|| panic!("no {from:?}: {text}"));
    rest.split(to).next().unwrap()
}

fn token(page: &str) -> String {
    between(page, "name=\"the\" value=\"", "\"").to_owned()
}

fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn teacher() -> Act {
    Act {
        author: "co-lan".into(),
        role: Role::Teacher,
        at: Some(now()),
    }
}

fn requests(store: &Store) -> Vec<Request> {
    store
        .reader()
        .unwrap()
        .requests(&RequestFilter::default())
        .unwrap()
}

const OWN: Option<&str> = Some("http://lachan.lan");

#[test]
fn a_pupil_asks_and_sees_the_answer_and_the_class_gets_in() {
    let school = School::new();
    let code = school.code(OPENABLE);
    let url = format!("http://lachan.lan/xin-mo?ma={code}");
    let page = school.get(&url);
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains(OPENABLE),
        "{page}"
    );
    let fields = [
        ("ma", code.as_str()),
        ("the", &token(&page)),
        ("vi-sao", "lesson"),
    ];
    let sent = school.post("/xin-mo", OWN, &fields);
    assert!(sent.contains("Đã gửi lời xin"), "{sent}");
    // Another group's device knows nothing of the code, and a second request is counted.
    assert!(school.get_as(4, &url).starts_with("HTTP/1.1 404"));
    school.post("/xin-mo", OWN, &fields);
    let store = school.store();
    let [request] = requests(&store).try_into().unwrap();
    assert_eq!((request.name.as_str(), request.count), (OPENABLE, 2));
    assert_eq!(request.group_name.as_deref(), Some("thcs"));
    let open = Answer::Open {
        ends: Some(Ends::Minutes(30)),
    };
    let note = Some("Chỉ cho bài 5".to_owned());
    store
        .answer_request(&teacher(), request.id, open, note)
        .unwrap();
    let page = school.wait_for(&url, "Trang đã được mở");
    assert!(page.contains("Chỉ cho bài 5"), "{page}");
    school
        .server
        .wait_for_answer(GROUP, OPENABLE, UPSTREAM_ANSWER);
    assert_eq!(
        school.server.answer(2, OPENABLE),
        "NXDOMAIN",
        "only this group"
    );
    assert_eq!(school.server.stop("-TERM"), 0);
}

#[test]
fn a_teacher_s_code_opens_for_the_group_until_its_end_and_closes_again() {
    let school = School::new();
    let code = school.code(OPENABLE);
    let store = school.store();
    let key = std::fs::read(school.place.path("data/state/unlock.key")).unwrap();
    let key = UnlockKey::new(key.try_into().unwrap());
    let groups = store.reader().unwrap().groups().unwrap();
    let group = groups.iter().find(|group| group.name == "thcs").unwrap().id;
    let page = school.get(&format!("http://lachan.lan/xin-mo?ma={code}"));
    let the = token(&page);
    let try_it = |digits: &str| {
        let fields = [
            ("ma", code.as_str()),
            ("the", the.as_str()),
            ("ma-mo", digits),
        ];
        school.post("/nhap-ma", OWN, &fields)
    };
    assert!(
        try_it("000000").contains("Mã này không đúng"),
        "none was made yet"
    );
    // A lesson as short as this machine can be awaited in: a busy one may be told of the pass after the bell rang,
    // and then has a longer one.
    let mut length = 4;
    let (bell, digits) = loop {
        let bell = lachan_policy::Rung {
            number: 3,
            begins: now() - 60,
            ends: now() + length,
        };
        let made = store
            .make_code(&teacher(), &key, group, Ends::Bell(bell))
            .unwrap();
        let opened = try_it(&made.digits);
        let is_opened = opened.contains("Trang đã được mở");
        assert!(is_opened || now() >= bell.ends, "{opened}");
        let answers = std::iter::repeat_with(|| school.server.answer(GROUP, OPENABLE));
        let mut answers = answers.take_while(|_| now() < bell.ends);
        if is_opened && answers.any(|answer| answer == UPSTREAM_ANSWER) {
            break (bell, made.digits);
        }
        length *= 5;
        assert!(length < 1_000, "a pass was never in force");
    };
    assert_eq!(
        school.server.answer(4, OPENABLE),
        "NXDOMAIN",
        "only this group"
    );
    let passes = store.reader().unwrap().passes(bell.begins).unwrap();
    assert_eq!((passes.len(), passes[0].lesson), (1, Some(3)));
    while now() < bell.ends {
        let answer = school.server.answer(GROUP, OPENABLE);
        let is_over = now() >= bell.ends;
        assert!(
            is_over || answer == UPSTREAM_ANSWER,
            "it closed before the bell: {answer}"
        );
    }
    school.server.wait_for_answer(GROUP, OPENABLE, "NXDOMAIN");
    assert!(
        try_it(&digits).contains("Mã này không đúng"),
        "a code is used once"
    );
    assert_eq!(school.server.stop("-TERM"), 0);
}

#[test]
fn codes_are_tried_only_so_often() {
    let school = School::new();
    let code = school.code(OPENABLE);
    let page = school.get(&format!("http://lachan.lan/xin-mo?ma={code}"));
    let the = token(&page);
    let fields = [
        ("ma", code.as_str()),
        ("the", the.as_str()),
        ("ma-mo", "123456"),
    ];
    let mut statuses = (0..8).map(|_| school.post("/nhap-ma", OWN, &fields)[9..12].to_owned());
    assert!(statuses.by_ref().take(6).all(|status| status == "403"));
    assert!(statuses.all(|status| status == "429"));
    assert_eq!(school.server.stop("-TERM"), 0);
}

#[test]
fn what_is_locked_cannot_be_asked_for_and_forms_of_others_are_refused() {
    let school = School::new();
    let locked = school.get(&format!("http://{LOCKED}/"));
    assert!(
        locked.starts_with("HTTP/1.1 403") && !locked.contains("xin-mo?ma="),
        "{locked}"
    );
    assert!(
        locked.contains("http://lachan.lan/bai-hoc/nhan-ra-lua-dao"),
        "{locked}"
    );
    assert!(locked.contains("tel:02412345678"), "{locked}");
    let locked_code = between(&locked, "<b>", "</b></div>")
        .rsplit('>')
        .next()
        .unwrap()
        .to_owned();
    let code = school.code(OPENABLE);
    let page = school.get(&format!("http://lachan.lan/xin-mo?ma={code}"));
    let the = token(&page);
    // The code of the locked site, in a form of ours: the page is not believed.
    let fields = [("ma", locked_code.as_str()), ("the", the.as_str())];
    school.post("/xin-mo", OWN, &fields);
    let good = [("ma", code.as_str()), ("the", the.as_str())];
    for origin in [
        "http://evil.example",
        "null",
        "https://lachan.lan.evil.example",
    ] {
        let refused = school.post("/xin-mo", Some(origin), &good);
        assert!(refused.starts_with("HTTP/1.1 403"), "{origin}: {refused}");
    }
    let referred = |referer: &str| {
        let body = format!("ma={code}&the={the}");
        school.say(
            GROUP,
            &format!(
                "POST http://lachan.lan/xin-mo HTTP/1.1\r\nHost: lachan.lan\r\nReferer: {referer}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        )
    };
    for referer in [
        "http://evil.example/lachan.lan/",
        "http://lachan.lan.evil.example/",
        "x",
    ] {
        assert!(referred(referer).starts_with("HTTP/1.1 403"), "{referer}");
    }
    for the in ["", "00000000ffffffffffffffffffffffffffffffff"] {
        let refused = school.post("/xin-mo", OWN, &[("ma", code.as_str()), ("the", the)]);
        assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    }
    // The form comes back as it was filled in.
    let fields = [("ma", code.as_str()), ("the", ""), ("vi-sao", "mistake")];
    let stale = school.post("/xin-mo", OWN, &fields);
    assert!(
        stale.contains("value=\"mistake\" checked") && stale.contains("mở lâu quá"),
        "{stale}"
    );
    assert_eq!(requests(&school.store()), []);
    assert!(referred("http://lachan.lan/xin-mo?ma=x").starts_with("HTTP/1.1 200"));
    // A teacher's code with a form that is not ours is not even looked at.
    let fields = [("ma", code.as_str()), ("the", ""), ("ma-mo", "123456")];
    let stale = school.post("/nhap-ma", OWN, &fields);
    assert!(
        stale.starts_with("HTTP/1.1 403") && stale.contains("mở lâu quá"),
        "{stale}"
    );
    // What stood in it is there again; nothing is of a form of another site.
    assert!(stale.contains("value=\"123456\""), "{stale}");
    let foreign = school.post("/nhap-ma", Some("http://evil.example"), &fields);
    assert!(
        foreign.starts_with("HTTP/1.1 403") && !foreign.contains("value=\"123456\""),
        "{foreign}"
    );
    // A body that is no form of ours, and one that is too long.
    let long = "x".repeat(50_000);
    let refused = school.post("/xin-mo", OWN, &[("ma", long.as_str())]);
    assert!(refused.starts_with("HTTP/1.1 413"), "{refused}");
    assert_eq!(school.server.stop("-TERM"), 0);
}

#[test]
fn a_form_may_come_in_chunks_and_after_a_question() {
    let school = School::new();
    let code = school.code(OPENABLE);
    let the = token(&school.get(&format!("http://lachan.lan/xin-mo?ma={code}")));
    let head = "POST http://lachan.lan/xin-mo HTTP/1.1\r\nHost: lachan.lan\r\nAccept: text/html\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n";
    let (first, second) = (format!("ma={code}&"), format!("the={the}"));
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    );
    assert!(school.say(GROUP, &chunked).contains("Đã gửi lời xin"));
    let asked = format!(
        "{head}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n{first}{second}",
        first.len() + second.len()
    );
    let heard = school.say(GROUP, &asked);
    assert!(
        heard.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"),
        "{heard}"
    );
    let many = "x".repeat(9_000);
    let pieces = (0..6).map(|_| format!("{:x}\r\n{many}\r\n", many.len()));
    let long = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{}",
        pieces.collect::<String>()
    );
    assert!(school.say(GROUP, &long).starts_with("HTTP/1.1 413"));
    let [request] = requests(&school.store()).try_into().unwrap();
    assert_eq!(request.count, 2);
    let only_head =
        "HEAD http://lachan.lan/ HTTP/1.1\r\nHost: lachan.lan\r\nConnection: close\r\n\r\n";
    let heard = school.say(GROUP, only_head);
    assert!(
        heard.starts_with("HTTP/1.1 200") && heard.ends_with("\r\n\r\n"),
        "{heard}"
    );
    assert_eq!(school.server.stop("-TERM"), 0);
}

const STORY: &str = "Có người lạ dọa em, em rất sợ";

#[test]
fn a_report_arrives_sealed_and_only_the_counsellor_s_key_opens_it() {
    let mut school = School::new();
    let without = school.get("http://lachan.lan/gap-chuyen");
    assert!(
        !without.contains("<textarea") && without.contains("tel:111"),
        "{without}"
    );
    assert!(without.contains("Cô Hoa"), "{without}");
    let store = school.store();
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    store
        .set_counsellor_key(&teacher(), &recipient, "wrapped")
        .unwrap();
    let page = school.get("http://lachan.lan/gap-chuyen");
    let the = token(&page);
    let fields = [
        ("the", the.as_str()),
        ("loai", "stranger"),
        ("chuyen", STORY),
        ("gap", ""),
    ];
    let sent = school.post("/gap-chuyen", OWN, &fields);
    assert!(
        sent.contains("Cảm ơn em") && sent.contains("tel:111"),
        "{sent}"
    );
    assert!(!sent.contains(STORY), "the receipt does not repeat it");
    // A form that lay open too long comes back as it was written; nothing of one of another site.
    let old = [
        ("the", "00000000ffffffffffffffffffffffffffffffff"),
        ("loai", "stranger"),
        ("chuyen", STORY),
        ("gap", "Ở thư viện"),
    ];
    let stale = school.post("/gap-chuyen", OWN, &old);
    assert!(
        stale.starts_with("HTTP/1.1 403") && stale.contains(STORY),
        "{stale}"
    );
    assert!(
        stale.contains("value=\"Ở thư viện\"") && stale.contains("checked"),
        "{stale}"
    );
    let foreign = school.post("/gap-chuyen", Some("http://evil.example"), &old);
    assert!(
        foreign.starts_with("HTTP/1.1 403") && !foreign.contains(STORY),
        "{foreign}"
    );
    let empty = school.post(
        "/gap-chuyen",
        OWN,
        &[("the", the.as_str()), ("loai", "stranger")],
    );
    assert!(empty.starts_with("HTTP/1.1 400"), "{empty}");
    let [report] = store
        .reader()
        .unwrap()
        .reports(None, 10)
        .unwrap()
        .try_into()
        .unwrap();
    let opened = age::decrypt(&identity, report.sealed.as_bytes()).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&opened).unwrap();
    assert_eq!(told["story"], STORY);
    let heard = school.server.heard().to_owned();
    assert!(!heard.contains("dọa em"), "{heard}");
    let (place, server) = (&school.place, school.server);
    assert_eq!(server.stop("-TERM"), 0);
    // Nothing of it stands in the clear in any file of the box.
    let files = walk(&place.path("data"));
    assert!(files.iter().any(|file| file.ends_with("lachan.db")));
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let needle = "dọa em".as_bytes();
        assert!(
            !bytes.windows(needle.len()).any(|window| window == needle),
            "{}",
            file.display()
        );
    }
}

/// A story that no page of ours has a word of, the same encoded and not.
const MARK: &str = "chuyen-rieng-k7qx3m-cua-em";

/// How often bytes stand in the writable memory of a process; `None` where the system does not let this one look.
fn remembered(pid: u32, needle: &[u8]) -> Option<usize> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut memory = std::fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw-p ")) {
        let (from, to) = line.split(' ').next()?.split_once('-')?;
        let from = u64::from_str_radix(from, 16).ok()?;
        let length = u64::from_str_radix(to, 16).ok()? - from;
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        memory.seek(SeekFrom::Start(from)).ok()?;
        // A stretch that was let go meanwhile holds nothing.
        if memory.read_exact(&mut bytes).is_ok() {
            found += memchr_count(&bytes, needle);
        }
    }
    Some(found)
}

fn memchr_count(bytes: &[u8], needle: &[u8]) -> usize {
    let first = needle[0];
    let starts = (0..bytes.len()).filter(|at| bytes[*at] == first);
    starts.filter(|at| bytes[*at..].starts_with(needle)).count()
}

#[test]
fn what_a_child_wrote_does_not_stay_in_memory() {
    let school = School::new();
    let pid = school.server.pid();
    if remembered(pid, b"lachan").is_none() {
        // Looking into another process is not allowed here; the buffers have tests of their own.
        return;
    }
    let recipient = age::x25519::Identity::generate().to_public().to_string();
    school
        .store()
        .set_counsellor_key(&teacher(), &recipient, "wrapped")
        .unwrap();
    let the = token(&school.get("http://lachan.lan/gap-chuyen"));
    let story = format!("{MARK} {}", "va em rat so ".repeat(150));
    for (token, taken) in [(the.as_str(), true), ("", false)] {
        let form = [
            ("the", token),
            ("loai", "stranger"),
            ("gap", MARK),
            ("chuyen", story.as_str()),
        ];
        let heard = school.post("/gap-chuyen", OWN, &form);
        assert_eq!(heard.contains("Cảm ơn em"), taken, "{heard}");
    }
    // What is let go half read, and a form for no page.
    let head = "POST http://lachan.lan/gap-chuyen HTTP/1.1\r\nHost: lachan.lan\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n";
    let long = MARK.repeat(4_000);
    school.say(
        GROUP,
        &format!("{head}Content-Length: {}\r\n\r\n{long}", long.len()),
    );
    school.post("/khong-co", OWN, &[("chuyen", &story)]);
    let end = Instant::now() + Duration::from_secs(20);
    // The last connection may still be closing.
    while remembered(pid, MARK.as_bytes()) != Some(0) {
        let left = remembered(pid, MARK.as_bytes());
        assert!(Instant::now() < end, "it stands there {left:?} times");
    }
    assert_eq!(school.server.stop("-TERM"), 0);
}

#[test]
fn what_the_page_encrypted_is_kept_as_it_came_and_only_for_the_key_in_use() {
    let school = School::new();
    let store = school.store();
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    store
        .set_counsellor_key(&teacher(), &recipient, "wrapped")
        .unwrap();
    let the = token(&school.get("http://lachan.lan/gap-chuyen"));
    // As the script writes them; a unit test of the UI has the counsellor's library open one.
    let line = data_encoding::BASE64_NOPAD.encode(&[7; 32]);
    let stanza = format!("-> X25519 {line}\n{line}\n");
    let file = |stanzas: &str| {
        let head = format!("age-encryption.org/v1\n{stanzas}--- {line}\n");
        [head.as_bytes(), &[7; 48]].concat()
    };
    let (sealed, for_two) = (file(&stanza), file(&stanza.repeat(2)));
    let other = age::x25519::Identity::generate().to_public();
    let send = |bytes: &[u8], key: &str| {
        let text = data_encoding::BASE64.encode(bytes);
        let fields = [
            ("the", the.as_str()),
            ("loai", "bullying"),
            ("kin", &text),
            ("cho", key),
        ];
        school.post("/gap-chuyen", OWN, &fields)[9..12].to_owned()
    };
    assert_eq!(send(&sealed, &other.to_string()), "403", "another key");
    assert_eq!(send(&for_two, &recipient), "503", "somebody else's, too");
    assert_eq!(send(b"em bi bat nat", &recipient), "503", "plain");
    assert_eq!(store.reader().unwrap().reports(None, 9).unwrap(), []);
    assert_eq!(send(&sealed, &recipient), "200");
    let [report] = store
        .reader()
        .unwrap()
        .reports(None, 9)
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(report.sealed.as_bytes(), sealed);
    assert_eq!(school.server.stop("-TERM"), 0);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn the_fixed_page_tells_a_device_its_own_blocks_only() {
    let school = School::new();
    school.code(OPENABLE);
    let page = school.wait_for("http://lachan.lan/", OPENABLE);
    for part in [
        "Vì sao bị chặn?",
        "Xin mở trang",
        "tel:111",
        "Cô Hoa",
        "/xin-mo?ma=",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!school.get_as(4, "http://lachan.lan/").contains(OPENABLE));
    assert_eq!(school.server.answer(GROUP, "lachan.lan"), "127.0.0.1");
    for (path, part) in [
        ("/bai-hoc", "Bài học ngắn"),
        ("/bai-hoc/bat-nat-tren-mang", "Xem đáp án"),
        ("/hoc", "hoclieu.vn"),
    ] {
        let page = school.get(&format!("http://lachan.lan{path}"));
        assert!(
            page.starts_with("HTTP/1.1 200") && page.contains(part),
            "{path}: {page}"
        );
        assert!(page.len() < 60_000 && !page.contains("<script"), "{path}");
    }
    for path in ["/bai-hoc/khong-co", "/nhap-ma", "/../etc"] {
        let page = school.get(&format!("http://lachan.lan{path}"));
        assert!(page.starts_with("HTTP/1.1 404"), "{path}: {page}");
    }
    assert_eq!(school.server.stop("-TERM"), 0);
}

#[test]
fn learning_sites_are_open_to_those_they_are_for() {
    let text = std::fs::read_to_string(rules().join("learning.toml")).unwrap();
    let learning = Learning::read(&text).unwrap();
    let ruleset = std::sync::Arc::new(lachan_lists::open::open(shipped()).unwrap());
    let mut closed = Vec::new();
    for tier in [Tier::TieuHoc, Tier::Thcs, Tier::Thpt] {
        let group = lachan_policy::Group::new(GroupId(1), "x", tier);
        let groups = lachan_policy::Groups::new(group, Vec::new()).unwrap();
        let policy = lachan_policy::Policy::new(
            std::sync::Arc::clone(&ruleset),
            groups,
            lachan_policy::Exceptions::default(),
        );
        for site in learning.of(tier) {
            let name = Name::from_text(&site.host).unwrap();
            let ask = lachan_policy::Ask {
                name: &name,
                group: 0,
                at: None,
                found: lachan_policy::CategorySet::EMPTY,
            };
            if policy.decide(&ask).is_block() {
                closed.push(format!("{} for {}", site.host, tier.id()));
            }
        }
    }
    assert_eq!(closed, [] as [String; 0]);
}

#[test]
fn a_request_that_was_refused_says_so_kindly() {
    let school = School::new();
    let code = school.code(OPENABLE);
    let url = format!("http://lachan.lan/xin-mo?ma={code}");
    let fields = [("ma", code.as_str()), ("the", &token(&school.get(&url)))];
    school.post("/xin-mo", OWN, &fields);
    let store = school.store();
    let [request] = requests(&store).try_into().unwrap();
    let refused = store
        .answer_request(&teacher(), request.id, Answer::Refuse, None)
        .unwrap();
    assert_eq!(refused.state, RequestState::Refused);
    assert!(school.get(&url).contains("chưa được mở"));
    assert_eq!(school.server.answer(GROUP, OPENABLE), "NXDOMAIN");
    assert_eq!(school.server.stop("-TERM"), 0);
}
