//! `lachan lists`.

use std::fs;

use crate::support::{Place, lachan, rules, shipped};

fn compile(place: &Place, more: &[&str]) -> crate::support::Done {
    let (rules, out) = (rules(), place.text("out.ruleset"));
    let mut arguments = vec![
        "lists",
        "compile",
        "--rules",
        rules.to_str().unwrap(),
        "--out",
        &out,
    ];
    arguments.extend(more);
    place.run(&arguments)
}

#[test]
fn compiling_reports_what_came_in_and_what_did_not() {
    let place = Place::new();
    let list = place.file(
        "ads.txt",
        "quang-cao.example\ncom.vn\n192.0.2.1\nnot a name\n\n# c\n",
    );
    let option = format!("ads={},domains,ads", list.display());
    let refused = place.text("refused.txt");
    let done = compile(
        &place,
        &["--list", &option, "--json", "--refused", &refused],
    );
    assert_eq!(done.code, 0, "{done:?}");
    let report = done.json();
    assert_eq!(report["held"], false);
    let lists = report["lists"].as_array().unwrap();
    let ads = lists.iter().find(|list| list["id"] == "ads").unwrap();
    assert_eq!(ads["refused"], 2, "{ads}");
    let lines = fs::read_to_string(&refused).unwrap();
    assert!(
        lines.contains("ads: line 2: this is a public suffix"),
        "{lines}"
    );
    assert!(lines.contains("ads: line 4: "), "{lines}");
    assert!(report["hot_bytes_per_name"].is_number() && report["seconds"].is_number());
}

#[test]
fn the_text_report_shows_refused_lines_and_what_would_newly_be_closed() {
    let place = Place::new();
    let bad = (1..=7)
        .map(|n| format!("bad name {n}\n"))
        .collect::<String>();
    let list = place.file(
        "x.txt",
        &format!("{bad}shopee.vn\nwikipedia.org\ngithub.io\n"),
    );
    let option = format!("x={},domains,adult", list.display());
    let done = compile(&place, &["--list", &option]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.err.contains("x: 8 lines did not come in") || done.err.contains("x: 7 lines"),
        "{done:?}"
    );
    assert_eq!(
        done.err
            .lines()
            .filter(|line| line.starts_with("  line "))
            .count(),
        5,
        "{done:?}"
    );
    assert!(done.out.contains("names, in"), "{done:?}");
}

#[test]
fn the_old_ruleset_is_kept_as_the_previous_one() {
    let place = Place::new();
    assert_eq!(compile(&place, &["--quiet"]).code, 0);
    let old = fs::read(place.path("out.ruleset")).unwrap();
    let quiet = compile(&place, &["--quiet"]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    assert_eq!(fs::read(place.path("out.ruleset.previous")).unwrap(), old);
    assert_ne!(fs::read(place.path("out.ruleset")).unwrap(), old);
    assert_eq!(fs::read_dir(place.path(".")).unwrap().count(), 2);
}

#[test]
fn two_compilations_of_one_file_wait_for_each_other() {
    let place = Place::new();
    let outcomes = std::thread::scope(|scope| {
        let jobs = [(); 3].map(|()| scope.spawn(|| compile(&place, &["--quiet"])));
        jobs.map(|job| job.join().unwrap())
    });
    for done in outcomes {
        assert_eq!(done.code, 0, "{done:?}");
    }
}

#[test]
fn a_manifest_is_compiled_and_its_mistakes_are_told() {
    let place = Place::new();
    place.file("lists/a.hosts", "0.0.0.0 nha-cai.example\n");
    let manifest = |category: &str| {
        let text = format!(
            "root = \"lists\"\n[[list]]\nid = \"a\"\npath = \"a.hosts\"\nformat = \"hosts\"\n\
             category = \"{category}\"\n"
        );
        place.file("m.toml", &text).display().to_string()
    };
    let done = compile(&place, &["--manifest", &manifest("gambling")]);
    assert_eq!(done.code, 0, "{done:?}");
    let out = place.text("out.ruleset");
    let why = place
        .run(&["why", "nha-cai.example", "--json", "--ruleset", &out])
        .json();
    assert_eq!(
        (&why["action"], &why["list"]),
        (&"block".into(), &"a".into())
    );
    let done = compile(&place, &["--manifest", &manifest("gamling")]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("gamling"), "{done:?}");
}

#[test]
fn nothing_is_replaced_when_a_list_cannot_be_read() {
    let place = Place::new();
    compile(&place, &["--quiet"]);
    let old = fs::read(place.path("out.ruleset")).unwrap();
    let done = compile(&place, &["--list", "x=/nonexistent/x,hosts,ads"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("the old ruleset stays"), "{done:?}");
    assert_eq!(fs::read(place.path("out.ruleset")).unwrap(), old);
    assert_eq!(compile(&place, &["--list", "x=y,hosts,nothing"]).code, 2);
    assert_eq!(compile(&place, &["--list", "x"]).code, 2);
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_old_ruleset() {
    let place = Place::new();
    compile(&place, &["--quiet"]);
    let old = fs::read(place.path("out.ruleset")).unwrap();
    let (rules, out) = (rules(), place.text("out.ruleset"));
    let arguments = [
        "lists",
        "compile",
        "--rules",
        rules.to_str().unwrap(),
        "--out",
        &out,
    ];
    // A limit on the size of files fails a write as a full disk does, without needing one.
    let done = place.run_after("trap '' XFSZ; ulimit -f 100", &arguments);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("the old one stays"), "{done:?}");
    assert_eq!(fs::read(place.path("out.ruleset")).unwrap(), old);
    assert_eq!(
        fs::read_dir(place.path(".")).unwrap().count(),
        1,
        "rubbish is left"
    );
}

#[test]
fn a_ruleset_takes_the_place_of_no_folder_and_no_pipe() {
    let place = Place::new();
    fs::create_dir(place.path("out.ruleset")).unwrap();
    let done = compile(&place, &[]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("no regular file"), "{done:?}");
    fs::remove_dir(place.path("out.ruleset")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, place.path("out.ruleset"), kind, mode, 0).unwrap();
    // Nobody writes to the pipe: whoever reads it waits for ever.
    let done = compile(&place, &[]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("no regular file"), "{done:?}");
    use std::os::unix::fs::FileTypeExt as _;
    let about = fs::metadata(place.path("out.ruleset")).unwrap();
    assert!(about.file_type().is_fifo());
    assert_eq!(fs::read_dir(place.path(".")).unwrap().count(), 1);
}

#[test]
fn a_promotion_that_fails_leaves_the_old_ruleset_and_no_candidate() {
    let place = Place::new();
    assert_eq!(compile(&place, &["--quiet"]).code, 0);
    let old = fs::read(place.path("out.ruleset")).unwrap();
    fs::create_dir(place.path("out.ruleset.previous")).unwrap();
    let done = compile(&place, &[]);
    assert_eq!(done.code, 3, "{done:?}");
    assert_eq!(fs::read(place.path("out.ruleset")).unwrap(), old);
    assert_eq!(fs::read_dir(place.path(".")).unwrap().count(), 2);
}

#[test]
fn a_list_that_lost_or_gained_too_much_is_held_until_a_person_accepts_it() {
    let place = Place::new();
    let names = |count: usize| {
        (0..count)
            .map(|n| format!("ten-{n}.example\n"))
            .collect::<String>()
    };
    let list = place.file("x.txt", &names(2_500));
    let option = format!("x={},domains,ads", list.display());
    assert_eq!(compile(&place, &["--list", &option, "--quiet"]).code, 0);
    let old = fs::read(place.path("out.ruleset")).unwrap();
    for count in [3, 12_600] {
        fs::write(&list, names(count)).unwrap();
        let done = compile(&place, &["--list", &option]);
        assert_eq!(done.code, 1, "{done:?}");
        let told = format!("x: 2500 entries before, {count} now");
        assert!(done.err.contains(&told), "{done:?}");
        assert!(done.err.contains("--accept-mass-change"), "{done:?}");
        assert!(!done.out.contains("Wrote"), "{done:?}");
        assert_eq!(fs::read(place.path("out.ruleset")).unwrap(), old);
        assert!(!place.path("out.ruleset.candidate").exists());
    }
    let report = compile(&place, &["--list", &option, "--json"]);
    assert_eq!((report.code, &report.json()["held"]), (1, &true.into()));
    let expected = serde_json::json!([{"list": "x", "before": 2_500, "after": 12_600}]);
    assert_eq!(report.json()["mass_changes"], expected);
    let accept = ["--list", &option, "--accept-mass-change", "--json"];
    let report = compile(&place, &accept);
    assert_eq!((report.code, &report.json()["held"]), (0, &false.into()));
    assert_eq!(report.json()["mass_changes"], expected);
    // Dropping the list is a decision, whatever its size.
    assert_eq!(compile(&place, &["--quiet"]).code, 0);
}

#[test]
fn the_ruleset_that_is_compared_with_guards_too() {
    let place = Place::new();
    let names = (0..1_500).map(|n| format!("ten-{n}.example\n"));
    let list = place.file("x.txt", &names.collect::<String>());
    let option = format!("x={},domains,ads", list.display());
    assert_eq!(compile(&place, &["--list", &option]).code, 0);
    let previous = place.text("elsewhere.ruleset");
    fs::rename(place.path("out.ruleset"), &previous).unwrap();
    fs::write(&list, "ten-1.example\n").unwrap();
    let done = compile(&place, &["--list", &option, "--previous", &previous]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(!place.path("out.ruleset").exists());
    assert_eq!(compile(&place, &["--list", &option]).code, 0);
}

#[test]
fn what_a_list_allows_in_vain_is_shown_once() {
    let place = Place::new();
    let text = "||x.example^\n@@||tot.x.example^\n@@||tot.x.example^$important\n";
    let list = place.file("x.txt", text);
    let option = format!("x={},adblock,ads", list.display());
    let done = compile(&place, &["--list", &option]);
    assert_eq!(done.code, 0, "{done:?}");
    let line = "tot.x.example is allowed by the list x below x.example, which stays closed";
    assert_eq!(done.out.matches(line).count(), 1, "{done:?}");
    let report = compile(&place, &["--list", &option, "--json"]).json();
    let lists = report["lists"].as_array().unwrap();
    let x = lists.iter().find(|list| list["id"] == "x").unwrap();
    assert_eq!(x["covered_allows"], serde_json::json!(["tot.x.example"]));
}

#[test]
fn a_full_disk_under_the_output_is_told() {
    let done = Place::new().run_after("exec >/dev/full", &["check-config", "--template"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(
        done.err.contains("the output cannot be written"),
        "{done:?}"
    );
}

#[test]
fn info_tells_what_a_ruleset_holds() {
    let done = lachan(&["lists", "info", shipped().to_str().unwrap(), "--json"]);
    let info = done.json();
    assert_eq!(info["verified"], true);
    assert!(info["names"].as_u64().unwrap() > 5_000);
    let lists = info["lists"].as_array().unwrap();
    let gambling = lists
        .iter()
        .find(|list| list["id"] == "base/gambling")
        .unwrap();
    assert_eq!(
        (&gambling["class"], &gambling["category"]),
        (&"own".into(), &"gambling".into())
    );
    assert_eq!(lachan(&["lists", "info", "/etc/hostname"]).code, 3);
    assert_eq!(
        lachan(&["lists", "info", shipped().to_str().unwrap()]).code,
        0
    );
}

#[test]
fn diff_tells_what_changed_by_list() {
    let place = Place::new();
    let list = place.file("x.txt", "a.example\nb.example\n");
    let option = format!("x={},domains,adult", list.display());
    compile(&place, &["--list", &option]);
    fs::write(&list, "b.example\nc.example\nd.example\n").unwrap();
    compile(&place, &["--list", &option]);
    let (old, new) = (
        place.text("out.ruleset.previous"),
        place.text("out.ruleset"),
    );
    let diff = place.run(&["lists", "diff", &old, &new, "--json"]).json();
    assert_eq!(diff["changed"], 3);
    let counts = &diff["lists"][0];
    assert_eq!(
        (&counts["list"], &counts["added"], &counts["removed"]),
        (&"x".into(), &2.into(), &1.into())
    );
    let text = place
        .run(&["lists", "diff", &old, &new, "--limit", "1"])
        .out;
    assert!(
        text.contains("- a.example") && text.contains("2 more"),
        "{text}"
    );
    let same = place.run(&["lists", "diff", &new, &new]);
    assert!(same.out.contains("Nothing changed"), "{same:?}");
}

#[test]
fn every_format_is_converted_to_names() {
    for (format, text) in [
        ("hosts", "0.0.0.0 a.example b.example\nnot-an-address x y\n"),
        ("domains", "a.example\nb.example\na b c\n"),
        ("adblock", "||a.example^\n||b.example^$important\n/regex/\n"),
        (
            "rpz",
            "$TTL 60\n@ SOA a. b. 1 1 1 1 1\na.example CNAME .\nb.example CNAME .\nc.example TXT x\n",
        ),
        (
            "dnsmasq",
            "address=/a.example/\nlocal=/b.example/\nfrobnicate=1\n",
        ),
        (
            "unbound",
            "server:\nlocal-zone: \"a.example\" always_nxdomain\nlocal-zone: \"b.example\" refuse\nlocal-zone: \"c.example\" transparent\n",
        ),
        ("ut1", "a.example\nb.example\na b\n"),
    ] {
        let place = Place::new();
        let file = place.file(if format == "ut1" { "domains" } else { "list" }, text);
        let file = file.to_str().unwrap();
        let done = place.run(&[
            "lists", "convert", "--from", format, "--to", "domains", file,
        ]);
        assert_eq!(
            (done.code, done.out.as_str()),
            (0, "a.example\nb.example\n"),
            "{format}: {done:?}"
        );
        assert!(
            done.err.contains("1 entries refused") && done.err.contains("line "),
            "{format}: {done:?}"
        );
    }
}

#[test]
fn convert_reads_standard_input() {
    let place = Place::new();
    let script = "printf '\\357\\273\\277A.example\\r\\n' > in; exec < in";
    let preparation = format!("cd {}; {script}", place.text("."));
    let done = place.run_after(
        &preparation,
        &[
            "lists", "convert", "--from", "domains", "--to", "domains", "-",
        ],
    );
    assert_eq!(
        (done.code, done.out.as_str()),
        (0, "a.example\n"),
        "{done:?}"
    );
}

#[test]
fn hostile_lists_are_refused_without_harm() {
    let place = Place::new();
    let long = place.file("long", &"a".repeat(10 << 20));
    let done = place.run(&[
        "lists",
        "convert",
        "--from",
        "domains",
        "--to",
        "domains",
        long.to_str().unwrap(),
    ]);
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
    assert!(done.err.len() < 2_000, "{}", done.err);
    let broken = place.path("broken.gz");
    fs::write(&broken, b"\x1f\x8b\x08\x00\x00\x00\x00\x00garbage").unwrap();
    let done = place.run(&[
        "lists",
        "convert",
        "--from",
        "hosts",
        "--to",
        "domains",
        broken.to_str().unwrap(),
    ]);
    assert_eq!((done.code, done.out.as_str()), (3, ""), "{done:?}");
}
