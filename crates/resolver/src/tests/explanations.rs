//! Why, asked over DNS; request codes and reasons for programs.

use std::sync::Arc;

use hickory_proto::op::Message;
use hickory_proto::rr::RData;
use lachan_policy::{Role, Tier};

use super::support::{School, ede, exception, show};
use crate::wire::query::tests::{query, with_edns};
use crate::{Client, Language, LocalName, RequestCode, RequestKey, Transport};

/// The strings of the one TXT record.
fn lines(message: &Message) -> Vec<String> {
    let [record] = &message.answers[..] else {
        panic!("{}", show(message));
    };
    assert_eq!(record.ttl, 0, "nobody keeps it");
    let RData::TXT(text) = &record.data else {
        panic!("{record}");
    };
    let strings = text.txt_data.iter();
    strings
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect()
}

async fn why(school: &School, tier: Tier, name: &str) -> Vec<String> {
    let message = with_edns(query(name, 16), 1232, 0, false);
    lines(&school.ask(tier, &message).await)
}

#[tokio::test]
async fn a_device_is_told_its_own_verdict() {
    let school = School::with(vec![exception("dong-cua.vn", false, Role::School)], |_| ()).await;
    for (tier, name, expected) in [
        (
            Tier::Thcs,
            "www.nha-cai.example.why.lachan.home.arpa",
            &[
                "CHẶN: www.nha-cai.example (Trung học cơ sở)",
                "Thể loại: Cờ bạc, cá độ, lô đề",
                "Danh sách: base/gambling",
                "Ai mở được: sở giáo dục",
            ][..],
        ),
        (
            Tier::Thcs,
            "mang-xa-hoi.vn.why.lachan.home.arpa",
            &[
                "CHẶN: mang-xa-hoi.vn (Trung học cơ sở)",
                "Thể loại: Mạng xã hội",
                "Danh sách: base/social",
                "Ai mở được: giáo viên (cho tiết học), nhà trường",
            ],
        ),
        (
            Tier::Staff,
            "hoc.vn.why.lachan.home.arpa",
            &[
                "MỞ: hoc.vn (Giáo viên, nhân viên)",
                "Thể loại: Giáo dục, sức khỏe, cơ quan nhà nước, tiện ích Việt Nam",
                "Danh sách: base/education",
            ],
        ),
        (
            Tier::Thcs,
            "dong-cua.vn.why.lachan.home.arpa",
            &[
                "CHẶN: dong-cua.vn (Trung học cơ sở)",
                "Thể loại: Chưa phân loại",
                "Vì: nhà trường đã đóng",
                "Không danh sách nào có tên này",
                "Ai mở được: nhà trường",
            ],
        ),
        (
            Tier::Thcs,
            "why.lachan.home.arpa",
            &["Lá Chắn: hỏi TXT TÊN.why.lachan.home.arpa, ví dụ vidu.vn.why.lachan.home.arpa"],
        ),
    ] {
        assert_eq!(why(&school, tier, name).await, expected, "{name}");
    }
    let all = school.events.take();
    assert!(all.is_empty(), "asking why is told to nobody: {all:?}");
    assert_eq!(school.upstream.asked(), 0);
}

#[tokio::test]
async fn a_closed_name_explains_itself() {
    let school = School::new().await;
    let told = why(&school, Tier::Thcs, "why.nha-cai.example").await;
    assert_eq!(told[0], "CHẶN: nha-cai.example (Trung học cơ sở)");
    assert!(school.events.take().is_empty());
}

#[tokio::test]
async fn the_short_form_hides_no_name_that_is_open() {
    let school = School::new().await;
    let answer = school.answer(Tier::Staff, "why.hoc.vn", 16).await;
    assert_eq!(answer, "NODATA 90", "what the upstream says");
    assert_eq!(school.upstream.asked(), 1);
    let other = school.answer(Tier::Thcs, "why.nha-cai.example", 1).await;
    assert!(other.starts_with("NXDOMAIN 30 EDE"), "{other}");
}

#[tokio::test]
async fn a_name_of_the_schools_own_comes_first() {
    let own = "x.vn.why.lachan.home.arpa";
    let school = School::with(Vec::new(), |settings| {
        settings.local.push(LocalName {
            name: lachan_lists::testing::name(own),
            addresses: vec![[10, 0, 0, 7].into()],
        });
    })
    .await;
    school.check(Tier::Staff, own, "A 10.0.0.7").await;
    assert_eq!(school.answer(Tier::Staff, own, 16).await, "NODATA 60");
}

#[tokio::test]
async fn other_types_have_no_data() {
    let school = School::new().await;
    let answer = school
        .answer(Tier::Staff, "hoc.vn.why.lachan.home.arpa", 1)
        .await;
    assert_eq!(answer, "NODATA 0");
}

#[tokio::test]
async fn a_device_on_the_link_is_told_whatever_its_address() {
    let school = School::new().await;
    let net = ("2001:db8:6::1".parse().unwrap(), 64, 2);
    school.nets.store(Arc::new([net].into_iter().collect()));
    let told = async |address: &str, interface| {
        let client = Client::new(address.parse().unwrap(), Transport::Udp);
        let message = with_edns(query("hoc.vn.why.lachan.home.arpa", 16), 1232, 0, false);
        let client = client.on_interface(interface);
        let answer = school.engine.answer(&message, client).await.unwrap();
        let answer = show(&Message::from_vec(&answer).unwrap());
        answer != "REFUSED EDE 18"
    };
    assert!(told("2001:db8:6::77", 2).await);
    assert!(!told("2001:db8:6::77", 3).await, "from elsewhere: forged");
    assert!(!told("2001:db8:7::77", 2).await);
}

#[tokio::test]
async fn the_world_is_told_nothing() {
    let school = School::new().await;
    let far = Client::new([203, 0, 113, 9].into(), Transport::Udp);
    let message = with_edns(query("hoc.vn.why.lachan.home.arpa", 16), 1232, 0, false);
    let answer = school.engine.answer(&message, far).await.unwrap();
    assert_eq!(show(&Message::from_vec(&answer).unwrap()), "REFUSED EDE 18");
    let message = with_edns(query("why.nha-cai.example", 16), 1232, 0, false);
    let answer = school.engine.answer(&message, far).await.unwrap();
    let answer = show(&Message::from_vec(&answer).unwrap());
    assert!(answer.starts_with("NXDOMAIN"), "{answer}");
}

#[tokio::test]
async fn odd_names_are_shown_harmlessly() {
    let school = School::new().await;
    let mut message = query("x.vn.why.lachan.home.arpa", 16);
    message[13] = b'\x1B';
    let told = lines(&school.ask(Tier::Staff, &message).await);
    assert!(told[0].contains("\\027.vn"), "{told:?}");
}

#[tokio::test]
async fn what_is_told_follows_the_schools_language() {
    let school = School::with(Vec::new(), |settings| {
        settings.school.language = Language::English;
    })
    .await;
    let told = why(&school, Tier::Thcs, "mang-xa-hoi.vn.why.lachan.home.arpa").await;
    let [outcome, category, lists, who] = &told[..] else {
        panic!("{told:?}");
    };
    assert!(outcome.starts_with("BLOCKED: mang-xa-hoi.vn ("), "{told:?}");
    assert!(category.starts_with("Category: "), "{told:?}");
    assert_eq!(lists, "Lists: base/social");
    assert_eq!(
        who,
        "Who may open it: a teacher (for the lesson), the school"
    );
    let usage = why(&school, Tier::Thcs, "why.lachan.home.arpa").await;
    assert!(usage[0].contains("ask for TXT NAME."), "{usage:?}");
    let message = with_edns(query("mang-xa-hoi.vn", 1), 1232, 0, false);
    let (_, text) = ede(&school.ask(Tier::Thcs, &message).await).unwrap();
    let is_english = !told.iter().chain([&text]).any(|text| {
        ["Mạng xã hội", "Thể loại", "mã "]
            .iter()
            .any(|vi| text.contains(vi))
    });
    assert!(is_english, "{told:?} {text}");
}

/// A message that says its sender reads errors for programs.
fn structured(name: &str) -> Vec<u8> {
    let mut message = with_edns(query(name, 1), 1232, 0, false);
    let length = message.len() - 1;
    message[length] = 4;
    message.extend([0, 26, 0, 0]);
    message
}

#[tokio::test]
async fn programs_that_ask_get_a_reason_of_their_own() {
    let school = School::with(Vec::new(), |settings| {
        settings.school.name = "Trường Lê Lợi".into();
        settings.school.contacts = vec!["tel:111".into()];
    })
    .await;
    let message = school.ask(Tier::Thcs, &structured("nha-cai.example")).await;
    let (code, text) = ede(&message).unwrap();
    assert_eq!(code, 15);
    let expected = "{\"c\":[\"tel:111\"],\"j\":\"Cờ bạc, cá độ, lô đề (thcs)\",\"s\":5,\
                    \"o\":\"Trường Lê Lợi\",\"l\":\"vi\"}";
    assert_eq!(text, expected);
    let plain = school.answer(Tier::Thcs, "nha-cai.example", 1).await;
    assert!(plain.contains("Lá Chắn: "), "{plain}");
}

/// The code at the end of a blocked answer's reason.
async fn code(school: &School, tier: Tier, name: &str) -> Option<RequestCode> {
    let answer = school.answer(tier, name, 1).await;
    let (_, code) = answer.split_once(", mã ")?;
    Some(code.parse().unwrap())
}

#[tokio::test]
async fn a_block_has_a_code_that_hides_what_the_log_hides() {
    let school = School::with(Vec::new(), |settings| {
        settings.request_key = Some(RequestKey::new([1; 16]));
    })
    .await;
    let one = code(&school, Tier::Thcs, "nha-cai.example").await.unwrap();
    assert_eq!(
        code(&school, Tier::Thcs, "www.nha-cai.example").await,
        Some(one)
    );
    assert_ne!(
        code(&school, Tier::Thpt, "nha-cai.example").await,
        Some(one)
    );
    assert_ne!(code(&school, Tier::Thcs, "t.nha-cai.net").await, Some(one));
    // No name of this category is kept, so all its names have one code.
    let sad = code(&school, Tier::Thcs, "buon.vn").await;
    assert!(sad.is_some());
    assert_eq!(code(&school, Tier::Thcs, "x.buon.vn").await, sad);
    let without = School::new().await;
    assert_eq!(code(&without, Tier::Thcs, "nha-cai.example").await, None);
}
