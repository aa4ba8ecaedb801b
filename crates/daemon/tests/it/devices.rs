//! By what a group's devices are known, modes and tokens: `lachan groups`, `lachan why --client`.

use crate::support::{Done, Place};

fn place() -> Place {
    let place = Place::new();
    let leases = place.file(
        "dnsmasq.leases",
        "0 3c:22:fb:0a:b1:9e 10.6.0.9 Ten-May *\n0 3c:22:fb:00:00:01 10.6.0.8 hai *\n\
         0 da:00:00:00:00:02 10.6.0.7 hai *\n",
    );
    place.settings(&format!("lease-files = [\"{}\"]", leases.display()));
    place.put_ruleset();
    place
}

fn good(place: &Place, arguments: &[&str]) -> Done {
    let done = place.run(arguments);
    assert_eq!(done.code, 0, "{done:?}");
    done
}

fn refused(place: &Place, arguments: &[&str], code: i32, told: &[&str]) {
    let done = place.run(arguments);
    assert_eq!(done.code, code, "{done:?}");
    for part in told {
        assert!(done.err.contains(part), "{part}: {done:?}");
    }
}

fn group(place: &Place) -> serde_json::Value {
    good(place, &["groups", "list", "--json"]).json()[0].clone()
}

fn vietnamese(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.command(arguments);
    let output = command.env("LC_ALL", "vi_VN.UTF-8").output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

const PHONE: &str = "3c:22:fb:0a:b1:9e";

#[test]
fn devices_are_given_added_dropped_and_shown_with_their_names() {
    let place = place();
    let add = ["groups", "add", "6A", "--tier", "thcs"];
    good(
        &place,
        &[
            &add[..],
            &["--mac", "3C-22-FB-0A-B1-9E", "--interface", "lo"],
        ]
        .concat(),
    );
    let made = group(&place);
    assert_eq!(made["devices"][0]["mac"], PHONE);
    assert_eq!(made["devices"][0]["name"], "ten-may");
    assert_eq!(made["interfaces"][0], "lo");
    let list = good(&place, &["groups", "list"]).out;
    assert!(list.contains(&format!("{PHONE} (ten-may) lo")), "{list}");
    let set = ["groups", "set", "6A"];
    let more = [
        "--add",
        "--subnet",
        "10.6.0.0/24",
        "--mac",
        "3c:22:fb:00:00:07",
    ];
    good(&place, &[&set[..], &more].concat());
    good(&place, &[&set[..], &["--drop", PHONE, "lo"]].concat());
    let left = group(&place);
    assert_eq!(left["devices"][0]["mac"], "3c:22:fb:00:00:07");
    assert_eq!(
        (&left["subnets"][0], &left["interfaces"]),
        (&"10.6.0.0/24".into(), &serde_json::json!([]))
    );
    good(&place, &[&set[..], &["--mac", PHONE]].concat());
    assert_eq!(group(&place)["devices"].as_array().unwrap().len(), 1);
    refused(
        &place,
        &[&set[..], &["--drop", "10.9.0.0/24"]].concat(),
        1,
        &["6A", "10.9.0.0/24"],
    );
    refused(
        &place,
        &[&set[..], &["--mac", "ff:ff:ff:ff:ff:ff"]].concat(),
        1,
        &["no single device"],
    );
    refused(
        &place,
        &[&set[..], &["--mac", "3c:22"]].concat(),
        2,
        &["MAC"],
    );
    refused(
        &place,
        &[&set[..], &["--interface", "a b"]].concat(),
        2,
        &["interface"],
    );
}

#[test]
fn a_device_belongs_to_one_group_and_both_are_named() {
    let place = place();
    let add = |name: &'static str, kind: &'static str, what: &'static str| {
        ["groups", "add", name, "--tier", "thcs", kind, what]
    };
    for (kind, what) in [("--mac", PHONE), ("--interface", "eth0.20")] {
        good(&place, &add("6A", kind, what));
        refused(
            &place,
            &add("6B", kind, what),
            1,
            &["\"6A\"", "\"6B\"", what],
        );
        let text = vietnamese(&place, &add("6B", kind, what));
        assert!(text.contains("hai nhóm \"6A\" và \"6B\" cùng có"), "{text}");
        good(&place, &["groups", "remove", "6A"]);
    }
}

#[test]
fn a_device_is_named_by_its_lease_and_kept_by_its_mac() {
    let place = place();
    let add = |device: &'static str| ["groups", "add", "6A", "--tier", "thcs", "--device", device];
    refused(&place, &add("la"), 1, &["\"la\"", "resolver.lease-files"]);
    refused(
        &place,
        &add("hai"),
        1,
        &["3c:22:fb:00:00:01", "da:00:00:00:00:02"],
    );
    let done = good(&place, &add("ten-may"));
    assert!(
        done.err.contains(&format!("ten-may is the device {PHONE}")),
        "{done:?}"
    );
    // Another device that takes the name later is not in the group.
    place.file("dnsmasq.leases", "0 3c:22:fb:00:00:05 10.6.0.9 ten-may *\n");
    assert_eq!(group(&place)["devices"][0]["mac"], PHONE);
    std::fs::remove_file(place.path("dnsmasq.leases")).unwrap();
    refused(&place, &add("ten-may"), 3, &["dnsmasq.leases"]);
    assert_eq!(group(&place)["devices"][0]["name"], serde_json::Value::Null);
}

#[test]
fn a_made_up_address_and_a_missing_interface_are_taken_with_a_warning() {
    let place = place();
    let add = ["groups", "add", "6A", "--tier", "thcs"];
    let more = ["--mac", "da:00:00:00:00:01", PHONE, "--interface", "vlan-9"];
    let done = good(&place, &[&add[..], &more].concat());
    assert!(
        done.err.contains("da:00:00:00:00:01 was made up"),
        "{done:?}"
    );
    assert!(
        !done.err.contains(PHONE) && done.err.contains("no interface vlan-9"),
        "{done:?}"
    );
    assert_eq!(group(&place)["devices"][1]["random"], true);
    let set = ["groups", "set", "6A", "--mac", "da:00:00:00:00:01"];
    let text = vietnamese(&place, &set);
    assert!(text.contains("địa chỉ ngẫu nhiên"), "{text}");
}

#[test]
fn a_table_goes_out_and_comes_in_again() {
    let place = place();
    let table = "name,tier,subnets,macs,interfaces,devices\n\
                 6A,thcs,10.6.0.0/24,da:00:00:00:00:01,eth0.20,ten-may\nGV,staff,,,,\n";
    let file = place.file("groups.csv", table);
    let import = ["groups", "import", file.to_str().unwrap()];
    let done = good(&place, &import);
    assert!(done.err.contains("da:00:00:00:00:01"), "{done:?}");
    let out = good(&place, &["groups", "export"]).out;
    assert_eq!(
        out,
        format!(
            "name,tier,subnets,macs,interfaces\n\
             \"6A\",thcs,10.6.0.0/24,{PHONE} da:00:00:00:00:01,eth0.20\n\"GV\",staff,,,\n"
        )
    );
    std::fs::write(&file, out).unwrap();
    assert!(good(&place, &import).out.contains("2 as they were"));
    std::fs::write(&file, "name,tier,devices\n6A,thcs,hai\n").unwrap();
    refused(&place, &import, 1, &["line 2", "da:00:00:00:00:02"]);
}

#[test]
fn a_token_is_shown_once_and_then_by_its_beginning_only() {
    let place = place();
    let token = ["groups", "token", "6A"];
    refused(&place, &token, 2, &["6A"]);
    good(&place, &["groups", "add", "6A", "--tier", "thcs"]);
    assert!(good(&place, &token).out.contains("no token"));
    let made = good(&place, &[&token[..], &["--new"]].concat());
    let text = made.out.trim();
    assert_eq!(text.len(), 16, "{made:?}");
    assert!(
        made.err.contains("this once") && !made.err.contains(text),
        "{made:?}"
    );
    let second = good(&place, &[&token[..], &["--new", "--json"]].concat()).json();
    let second = second["token"].as_str().unwrap().to_owned();
    let shown = [
        good(&place, &token).out,
        good(&place, &["groups", "list"]).out,
    ];
    for shown in shown {
        for secret in [text, &second] {
            assert!(
                shown.contains(&secret[..4]) && !shown.contains(&secret[..5]),
                "{shown}"
            );
        }
    }
    let done = good(&place, &[&token[..], &["--revoke", &text[..4]]].concat());
    assert!(done.out.contains(&text[..4]), "{done:?}");
    refused(
        &place,
        &[&token[..], &["--revoke", &text[..4]]].concat(),
        1,
        &[&text[..4]],
    );
    let left = good(&place, &[&token[..], &["--json"]].concat()).json();
    assert_eq!(left["tokens"], serde_json::json!([&second[..4]]));
    good(&place, &[&token[..], &["--revoke"]].concat());
    refused(
        &place,
        &[&token[..], &["--revoke"]].concat(),
        1,
        &["no token"],
    );
    assert!(vietnamese(&place, &token).contains("chưa có mã nào"));
}

#[test]
fn a_mode_is_switched_on_and_ends() {
    let place = place();
    good(&place, &["groups", "add", "6A", "--tier", "thcs"]);
    let why = |at: &str| {
        let asked = [
            "why",
            "chua-ai-biet.vn",
            "--group",
            "6A",
            "--json",
            "--at",
            at,
        ];
        good(&place, &asked).json()["level"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let set = |more: &[&str]| place.run(&[&["groups", "set", "6A"][..], more].concat());
    let done = set(&["--mode", "exam", "--until", "2031-01-01 08:00"]);
    assert!(done.out.contains("exam until 2031-01-01 08:00"), "{done:?}");
    assert_eq!(why("2031-01-01 07:59"), "exam");
    assert_ne!(why("2031-01-01 08:00"), "exam");
    assert_eq!(group(&place)["mode"], "exam");
    assert_eq!(set(&["--mode", "allowlist-only"]).code, 0);
    assert_eq!(why("2031-01-01 08:00"), "mode");
    assert_eq!(set(&["--mode", "normal"]).code, 0);
    assert_eq!(group(&place)["mode"], serde_json::Value::Null);
    assert_eq!(set(&["--mode", "normal", "--for", "45m"]).code, 0);
    assert_eq!(group(&place)["mode"], "normal");
    assert_eq!(
        set(&["--mode", "exam", "--until", "2020-01-01 08:00"]).code,
        2
    );
    assert_eq!(set(&["--until", "2031-01-01 08:00"]).code, 2);
    assert_eq!(set(&["--mode", "holiday"]).code, 2);
}

#[test]
fn the_youngest_in_allowlist_mode_have_the_walled_garden() {
    let place = place();
    good(&place, &["groups", "add", "Lá", "--tier", "mam-non"]);
    let action = |name: &str| {
        let asked = ["why", name, "--group", "Lá", "--json"];
        good(&place, &asked).json()["action"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(action("vnexpress.net"), "allow");
    good(&place, &["groups", "set", "Lá", "--mode", "allowlist-only"]);
    for (name, expected) in [
        ("vnexpress.net", "block"),
        ("olm.vn", "allow"),
        ("fonts.gstatic.com", "allow"),
        ("tongdai111.vn", "allow"),
    ] {
        assert_eq!(action(name), expected, "{name}");
    }
}

#[test]
fn why_says_by_what_a_device_was_recognised() {
    let place = place();
    let why =
        |address: &str| good(&place, &["why", "zalo.me", "--client", address, "--json"]).json();
    let answer = why("127.0.3.7");
    assert_eq!(
        (&answer["client"]["known_by"], &answer["group"]),
        (&"nothing".into(), &"unknown".into())
    );
    good(
        &place,
        &[
            "groups",
            "add",
            "dây",
            "--tier",
            "staff",
            "--interface",
            "lo",
        ],
    );
    let answer = why("127.0.3.7");
    let client = &answer["client"];
    assert_eq!(
        (&client["known_by"], &client["selector"]),
        (&"interface".into(), &"lo".into())
    );
    assert_eq!(
        (&answer["group"], &answer["action"]),
        (&"dây".into(), &"allow".into())
    );
    good(
        &place,
        &[
            "groups",
            "add",
            "6A",
            "--tier",
            "thcs",
            "--subnet",
            "127.0.3.0/24",
        ],
    );
    let client = &why("127.0.3.7")["client"];
    assert_eq!(
        (&client["known_by"], &client["selector"]),
        (&"subnet".into(), &"127.0.3.0/24".into())
    );
    let text = vietnamese(&place, &["why", "zalo.me", "--client", "127.0.3.7"]);
    assert!(
        text.contains("nhận ra theo dải mạng 127.0.3.0/24"),
        "{text}"
    );
    refused(
        &place,
        &["why", "a.vn", "--client", "ten-may"],
        2,
        &["ten-may"],
    );
}
