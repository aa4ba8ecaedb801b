//! The rules of every format but AdBlock (which has its own), as tables of single lines.

use super::*;
use lachan_policy::Scope;

/// What a text says, one string an entry: `+` block, `-` allow, `!` refused with its reason, each
/// behind its line number; then what was passed over.
fn seen(format: Format, text: &str) -> Vec<String> {
    let mut found = Collected::default();
    let summary = read(format, text.as_bytes(), &mut found).unwrap();
    assert_eq!(summary.items(), found.items.len() as u64);
    assert_eq!(summary.refused, found.refused.len() as u64);
    let mut seen = Vec::new();
    for (line, item) in &found.items {
        seen.push(match item {
            Item::Name {
                name,
                scope,
                says_tenants,
                important,
            } => {
                assert_eq!(*says_tenants, *scope == Scope::Below);
                assert!(!important);
                format!("{line}+{}", scope.entry(name))
            }
            Item::Allow { name, scope, .. } => format!("{line}-{}", scope.entry(name)),
            Item::Cancel { .. } => panic!("only AdBlock cancels"),
            Item::Net(range) => format!("{line}+net {range}"),
            Item::Url { host, path } => format!("{line}+url {host} {path}"),
            Item::Expression(text) => format!("{line}+/{text}/"),
        });
    }
    seen.extend(
        found
            .refused
            .iter()
            .map(|r| format!("{}!{}", r.line, r.reason.id())),
    );
    seen.extend((0..summary.frame).map(|_| "frame".to_owned()));
    seen.extend((0..summary.own_hosts).map(|_| "own".to_owned()));
    seen
}

fn check(format: Format, text: &str, expected: &[&str]) {
    assert_eq!(seen(format, text), expected, "{format}: {text}");
}

#[test]
fn format_names_read_back() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse::<Format>(), Ok(format));
    }
    assert!(
        "Hosts"
            .parse::<Format>()
            .unwrap_err()
            .to_string()
            .contains("hosts, domains")
    );
}

#[test]
fn hosts_lines() {
    let check = |text: &str, expected: &[&str]| check(Format::Hosts, text, expected);
    check("0.0.0.0 a.vn", &["1+a.vn"]);
    check("127.0.0.1\ta.vn  # comment", &["1+a.vn"]);
    check("0 a.vn", &["1+a.vn"]);
    check(":: a.vn b.vn\n::1 c.vn", &["1+a.vn", "1+b.vn", "2+c.vn"]);
    check("0.0.0.0 a.vn#c", &["1+a.vn"]);
    check("a.vn", &["1+a.vn"]);
    check("a.vn/b", &["1+url a.vn b"]);
    check("0.0.0.0 cốccốc.vn.", &["1+xn--cccc-0x5ac.vn"]);
    check("10.0.0.1 a.vn", &["1!rewrite"]);
    check("255.255.255.255 a.vn", &["1!rewrite"]);
    check("0.0.0.0", &["1!form"]);
    check("a.vn b.vn", &["1!form"]);
    check(
        "0.0.0.0 a.vn a..vn b.vn",
        &["1+a.vn", "1+b.vn", "1!name-empty-label"],
    );
    check("0.0.0.0 *.a.vn", &["1!wildcard"]);
    check("0.0.0.0 1.2.3.4", &["1!name-address"]);
    check("0.0.0.0 http://a.vn", &["1!name-character"]);
}

#[test]
fn the_head_of_every_hosts_file_is_no_block() {
    let head = "127.0.0.1 localhost localhost.localdomain local\n::1 localhost\n\
                255.255.255.255 broadcasthost\nfe80::1%lo0 localhost\nff02::1 ip6-allnodes\n\
                0.0.0.0 0.0.0.0\n127.0.1.1 LOCALHOST.LOCALDOMAIN\n0.0.0.0 a.vn en\nlocalhost\n";
    let mut expected = vec!["8+a.vn"];
    expected.extend(["own"; 11]);
    check(Format::Hosts, head, &expected);
}

#[test]
fn domain_lines() {
    let check = |text: &str, expected: &[&str]| check(Format::Domains, text, expected);
    check(
        "\u{feff}a.vn\r\n\n; c\n! c\n// c\n# c\nb.vn ; c",
        &["1+a.vn", "7+b.vn"],
    );
    check("*.a.vn\n=b.vn\n.c.vn", &["1+*.a.vn", "2+=b.vn", "3+c.vn"]);
    check(".sb   #Oceania - Solomon Islands", &["1+sb"]);
    check(
        "1.2.3.4\n10.0.0.0/8\n1.2.3.4 - 1.2.3.5",
        &[
            "1+net 1.2.3.4",
            "2+net 10.0.0.0-10.255.255.255",
            "3+net 1.2.3.4-1.2.3.5",
        ],
    );
    check("http://a.vn/b\nhttps://a.vn/", &["1+url a.vn b", "2+a.vn"]);
    check("a.vn b.vn", &["1!form"]);
    check(
        "0.0.0.0 a.vn b\n10.0.0.1 a.vn\n0 a.vn",
        &["1+a.vn", "2!rewrite", "3!form", "own"],
    );
    check("a.vn:80\na@b.vn", &["1!port", "2!email"]);
}

#[test]
fn bytes_that_are_no_text_cost_one_line() {
    let bytes = b"a.vn\nb\xff.vn\nc\0.vn\nd\re.vn\nf.vn # caf\xe9\n\x00\ng.vn\n";
    let mut found = Collected::default();
    let summary = read(Format::Domains, bytes.as_slice(), &mut found).unwrap();
    let lines = found
        .items
        .iter()
        .map(|(line, _)| *line)
        .collect::<Vec<_>>();
    assert_eq!(lines, [1, 5, 7]);
    let refused = found
        .refused
        .iter()
        .map(|r| (r.line, r.reason.id()))
        .collect::<Vec<_>>();
    assert_eq!(
        refused,
        [(2, "utf8"), (3, "control"), (4, "control"), (6, "control")]
    );
    assert_eq!(summary.lines, 7);
    assert!(found.refused[2].text.contains("\\u{d}"));
}

#[test]
fn a_gigantic_line_is_refused_with_its_number() {
    for format in Format::ALL {
        let mut bytes = b"\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 10_000_000));
        bytes.extend(b"\n# end\n");
        let mut found = Collected::default();
        let summary = read(format, bytes.as_slice(), &mut found).unwrap();
        assert!(found.items.is_empty());
        let refused = found
            .refused
            .iter()
            .map(|r| (r.line, r.reason.id()))
            .collect::<Vec<_>>();
        assert_eq!(refused[0], (2, "line-too-long"), "{format}");
        assert!(found.refused[0].text.chars().count() <= EXCERPT + 1);
        assert_eq!(summary.lines, 3);
    }
}

#[test]
fn rpz_actions() {
    let check = |text: &str, expected: &[&str]| check(Format::Rpz, text, expected);
    check("a.vn CNAME .", &["1+=a.vn"]);
    check("a.vn CNAME .\n*.a.vn CNAME .", &["1+=a.vn", "2+*.a.vn"]);
    check(
        "a.vn 300 IN CNAME *.\nb.vn IN 1h CNAME rpz-drop.",
        &["1+=a.vn", "2+=b.vn"],
    );
    check("a.vn cname RPZ-PASSTHRU.", &["1-=a.vn"]);
    check(
        "a.vn CNAME a.vn.\n*.b.vn CNAME *.b.vn.",
        &["1-=a.vn", "2-*.b.vn"],
    );
    check("a.vn CNAME rpz-tcp-only.", &["1!action"]);
    check(
        "a.vn A 0.0.0.0\n\tAAAA ::\n AAAA 2001:db8::1",
        &["1+=a.vn", "2+=a.vn", "3!rewrite"],
    );
    check(
        "a.vn A 192.0.2.1\na.vn CNAME b.vn.\na.vn CNAME rpz-passthru",
        &["1!rewrite", "2!rewrite", "3!rewrite"],
    );
    check(
        "a.vn TXT \"x ; y\" ; c\na.vn MX 10 b.vn.",
        &["1!record", "2!record"],
    );
    check(
        "24.0.2.0.192.rpz-ip CNAME .",
        &["1+net 192.0.2.0-192.0.2.255"],
    );
    check("24.0.2.0.192.rpz-ip CNAME rpz-passthru.", &["1!exception"]);
    check("ns.a.vn.rpz-nsdname CNAME .", &["1!trigger"]);
    check("a.vn\n CNAME .", &["1!form", "2!form"]);
    check("* CNAME .", &["1!wildcard"]);
    check("a\\.b.vn CNAME .", &["1!name-character"]);
    check("a.vn TXT \"x", &["1!unclosed"]);
}

#[test]
fn rpz_frames() {
    let zone = "$TTL 2h\n\
        $ORIGIN rpz.local.\n\
        @ IN SOA localhost. root.localhost. (\n 2026082201 ; serial\n 3600 900\n 604800\n 86400 )\n\
        \tIN NS localhost.\n\
        a.vn CNAME .\n\
        b.vn.rpz.local. CNAME .\n\
        c.vn. CNAME .\n";
    let frame = ["frame"; 4];
    let mut expected = vec!["9+=a.vn", "10+=b.vn", "11!out-of-zone"];
    expected.extend(frame);
    check(Format::Rpz, zone, &expected);
    let absolute =
        "rpz.local. 60 IN SOA a. b. 1 2 3 4 5\nrpz.local. NS a.\nx.vn.rpz.local. CNAME .\n";
    check(Format::Rpz, absolute, &["3+=x.vn", "frame", "frame"]);
    check(
        Format::Rpz,
        "$INCLUDE /etc/passwd\n$GENERATE 1-9 a$ CNAME .",
        &["1!directive", "2!directive"],
    );
}

#[test]
fn an_open_parenthesis_does_not_swallow_the_list() {
    check(
        Format::Rpz,
        "a.vn CNAME (.\nb.vn CNAME .",
        &["2+=b.vn", "1!unclosed"],
    );
    check(
        Format::Rpz,
        "@ SOA a. b. (1 2 3 4 5\nb.vn CNAME .",
        &["2+=b.vn", "1!unclosed"],
    );
    check(
        Format::Rpz,
        "@ SOA a. b. (1 2 3 4 5\n)\nb.vn CNAME .",
        &["3+=b.vn", "frame"],
    );
    let many = format!("@ SOA (\n{}b.vn CNAME .", "\n;\n".repeat(100));
    check(Format::Rpz, &many, &["1!unclosed"]);
    check(
        Format::Rpz,
        "a.vn CNAME .)\nb.vn CNAME .",
        &["2+=b.vn", "1!unclosed"],
    );
}

#[test]
fn dnsmasq_lines() {
    let check = |text: &str, expected: &[&str]| check(Format::Dnsmasq, text, expected);
    for block in ["", "#", "0.0.0.0", "::", "127.0.0.1", "::1"] {
        check(&format!("address=/a.vn/{block}"), &["1+a.vn"]);
    }
    check("local=/a.vn/b.vn/", &["1+a.vn", "1+b.vn"]);
    check("server=/a.vn/ # c\n# c", &["1+a.vn"]);
    check(
        "server=/a.vn/#\nserver=/b.vn/1.1.1.1",
        &["1-a.vn", "2!forward"],
    );
    check("server=1.1.1.1", &["1!forward"]);
    check(
        "address=/a.vn/192.0.2.1\naddress=/#/0.0.0.0",
        &["1!rewrite", "2!wildcard"],
    );
    check(
        "address=/*.a.vn/\naddress=/.b.vn/\naddress=/*c.vn/",
        &["1+*.a.vn", "2+b.vn", "3!wildcard"],
    );
    check(
        "address=a.vn\nconf-dir=/etc/x\nnonsense",
        &["1!form", "2!directive", "3!directive"],
    );
    check("address=//", &["1!name-empty"]);
    check(" address = /a.vn/0.0.0.0 ", &["1+a.vn"]);
}

#[test]
fn unbound_zones() {
    let check = |text: &str, expected: &[&str]| check(Format::Unbound, text, expected);
    for kind in [
        "always_nxdomain",
        "always_null",
        "always_nodata",
        "always_refuse",
        "always_deny",
    ] {
        check(&format!("local-zone: \"a.vn.\" {kind}"), &["1+a.vn"]);
    }
    for kind in [
        "static",
        "refuse",
        "deny",
        "inform_deny",
        "redirect",
        "inform_redirect",
    ] {
        check(&format!("  local-zone: a.vn {kind} # c"), &["1+a.vn"]);
    }
    for kind in [
        "transparent",
        "typetransparent",
        "nodefault",
        "inform",
        "ipset",
        "noview",
    ] {
        check(&format!("local-zone: 'a.vn' \"{kind}\""), &["1!zone-type"]);
    }
    check("local-zone: \"a.vn\" always_transparent", &["1-a.vn"]);
    check("server:\nlocal-zone: \"a.vn\" static", &["2+a.vn", "frame"]);
    check("server: local-zone: \"a.vn\" static", &["1+a.vn"]);
    check(
        "verbosity: 1\nlocal-zone a.vn static",
        &["1!directive", "2!form"],
    );
    check("local-zone: \"a.vn static", &["1!unclosed"]);
    check("local-zone: \"a.vn\"", &["1!form"]);
    check("local-zone: \".\" always_nxdomain", &["1!name-empty"]);
}

#[test]
fn unbound_data() {
    let check = |text: &str, expected: &[&str]| check(Format::Unbound, text, expected);
    check("local-data: \"a.vn A 0.0.0.0\"", &["1+=a.vn"]);
    check("local-data: 'a.vn. 3600 IN AAAA ::'", &["1+=a.vn"]);
    check("local-data: \"a.vn A 192.0.2.1\"", &["1!rewrite"]);
    check("local-data: \"a.vn TXT x\"", &["1!record"]);
    check("local-data: \"a.vn\"", &["1!form"]);
    let redirect = "local-zone: \"a.vn\" redirect\n";
    check(
        &format!("{redirect}local-data: \"a.vn A 0.0.0.0\""),
        &["1+a.vn", "frame"],
    );
    check(
        &format!("{redirect}local-data: \"a.vn A 192.0.2.1\""),
        &["1!rewrite", "2!rewrite"],
    );
    check(
        &format!("local-data: \"a.vn A 192.0.2.1\"\n{redirect}"),
        &["1!rewrite", "2!zone-type"],
    );
    check(
        &format!("{redirect}local-data: \"b.vn A 192.0.2.1\""),
        &["1+a.vn", "2!rewrite"],
    );
}

#[test]
fn ut1_parts() {
    let check = |part, text: &str, expected: &[&str]| {
        let mut found = Collected::default();
        ut1::read_part(part, text.as_bytes(), &mut found).unwrap();
        let items = found.items.into_iter().map(|(line, item)| match item {
            Item::Name { name, scope, .. } => format!("{line}+{}", scope.entry(&name)),
            Item::Net(range) => format!("{line}+net {range}"),
            Item::Url { host, path } => format!("{line}+url {host} {path}"),
            Item::Expression(text) => format!("{line}+/{text}/"),
            other => panic!("{other:?}"),
        });
        let refused = found
            .refused
            .iter()
            .map(|r| format!("{}!{}", r.line, r.reason.id()));
        assert_eq!(items.chain(refused).collect::<Vec<_>>(), expected, "{text}");
    };
    check(
        ut1::Part::Domains,
        "a.vn\n1.2.3.4\n",
        &["1+a.vn", "2+net 1.2.3.4"],
    );
    check(
        ut1::Part::Urls,
        "a.vn/b\na.vn\n1.2.3.4/24\n1.2.3.4\na.vn/#b\na b/c",
        &[
            "1+url a.vn b",
            "2+a.vn",
            "4+net 1.2.3.4",
            "3!url-on-address",
            "5!fragment",
            "6!form",
        ],
    );
    check(
        ut1::Part::Expressions,
        "# c\n(a|b#)[c]+ \n\n",
        &["2+/(a|b#)[c]+/"],
    );
}

#[test]
fn address_lines() {
    check(
        Format::Addresses,
        "1.2.3.4   # a\n10.0.0.0/8#b\n::1 ; c\n1.2.3.4-1.2.3.5\na.vn\n1.2.3.1/24",
        &[
            "1+net 1.2.3.4",
            "2+net 10.0.0.0-10.255.255.255",
            "3+net ::1",
            "4+net 1.2.3.4-1.2.3.5",
            "5!address",
            "6!host-bits",
        ],
    );
}
