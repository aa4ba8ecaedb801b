//! Who vouches for an answer: validation, an upstream's word, nobody.

use super::signed::internet;
use super::*;

/// A forwarder to an upstream that resolves the small Internet, changed by a closure.
struct Validating {
    forwarder: Forwarder,
    upstream: Fake,
}

impl Validating {
    async fn new(dnssec: Dnssec, clock: Watch, spoil: fn(&[u8], Vec<u8>) -> Vec<u8>) -> Self {
        let upstream =
            Fake::start(move |query, _| vec![spoil(query, internet().resolve(query))]).await;
        let mut settings = settings(&[&upstream]);
        settings.forwarding.dnssec = dnssec;
        settings.forwarding.dnssec_skip = vec![name("bo-qua.gia.vn"), name("tran.vn")];
        let world = World {
            anchors: internet().anchors(),
            ..World::internet()
        };
        let cache = Arc::new(Cache::new(1 << 20));
        let forwarder = Forwarder::within(&world, &settings, cache, Arc::new(clock));
        Self {
            forwarder,
            upstream,
        }
    }

    async fn honest(dnssec: Dnssec) -> Self {
        Self::new(dnssec, Watch::set(), |_, answer| answer).await
    }

    /// The outcome as text: the code, `ad`, addresses, the error.
    async fn show(&self, key: &Key) -> String {
        let outcome = self.forwarder.ask(key).await;
        let Ok(reply) = outcome else {
            return format!("{:?}", outcome.unwrap_err());
        };
        let code = match reply.rcode() {
            0 if reply.data_of(key.qtype).is_empty() => "nodata",
            0 => "ok",
            2 => "servfail",
            3 => "nxdomain",
            _ => "?",
        };
        let ad = if reply.is_authentic() { " ad" } else { "" };
        let signed = if reply.has_record(46) { " rrsig" } else { "" };
        let ede = reply.ede().map(|ede| format!(" ede {}", ede.code));
        format!("{code}{ad}{signed}{}", ede.unwrap_or_default())
    }

    async fn check(&self, cases: &[(&str, u16, &str)]) {
        let mut wrong = Vec::new();
        for (asked, qtype, expected) in cases {
            let got = self.show(&key_of(asked, *qtype)).await;
            if got != *expected {
                wrong.push(format!("{asked} {qtype}: {got}, not {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[tokio::test]
async fn what_is_signed_is_proven_and_what_is_wrong_refused() {
    let one = Validating::honest(Dnssec::Validate).await;
    one.check(&[
        ("www.tot.vn", 1, "ok ad"),
        ("bi-danh.tot.vn", 1, "ok ad"),
        ("x.sao.tot.vn", 1, "ok ad"),
        ("tot.vn", 2, "ok ad"),
        ("tot.vn", 48, "ok ad"),
        ("tot.vn", 43, "ok ad"),
        ("tron.vn", 43, "nodata ad"),
        ("www.tot.vn", 28, "nodata ad"),
        ("khong-co.tot.vn", 1, "nxdomain ad"),
        ("khong-co", 1, "nxdomain ad"),
        ("www.tron.vn", 1, "ok"),
        ("www.tron.vn", 28, "nodata"),
        ("khong-co.tron.vn", 1, "nxdomain"),
        ("ngoai.tot.vn", 1, "ok"),
        ("vao.tron.vn", 1, "ok"),
        ("dut.tot.vn", 1, "nxdomain"),
        ("www.tot.bam", 1, "ok ad"),
        ("www.tot.bam", 28, "nodata ad"),
        ("khong-co.tot.bam", 1, "nxdomain ad"),
        ("x.sao.tot.bam", 1, "ok ad"),
        ("tron.bam", 43, "nodata"),
        ("www.tron.bam", 1, "ok"),
        ("khong-co.tron.bam", 1, "nxdomain"),
        ("khong-co.bam", 1, "nxdomain"),
        ("www.gia.vn", 1, "servfail ede 6"),
        ("www.cu.vn", 1, "servfail ede 6"),
        ("khong-co.cu.vn", 1, "servfail ede 6"),
    ])
    .await;
}

#[tokio::test]
async fn signatures_are_given_to_who_wants_them() {
    let one = Validating::honest(Dnssec::Validate).await;
    let wanting = |text| Key {
        dnssec_ok: true,
        ..key(text)
    };
    assert_eq!(one.show(&wanting("www.tot.vn")).await, "ok ad rrsig");
    assert_eq!(
        one.show(&wanting("khong-co.tot.vn")).await,
        "nxdomain ad rrsig"
    );
    assert_eq!(one.show(&wanting("www.tron.vn")).await, "ok");
    assert_eq!(one.show(&wanting("tran.vn")).await, "nodata");
}

#[tokio::test]
async fn whoever_validates_alone_gets_what_there_is() {
    let one = Validating::honest(Dnssec::Validate).await;
    let alone = Key {
        dnssec_ok: true,
        checking_disabled: true,
        keeps_ech: false,
        ..key("www.gia.vn")
    };
    assert_eq!(one.show(&alone).await, "ok rrsig");
}

#[tokio::test]
async fn missing_signatures_are_refused_too_and_the_skip_list_is_not_looked_at() {
    let one = Validating::honest(Dnssec::Validate).await;
    one.check(&[("www.tran.vn", 1, "ok"), ("bo-qua.gia.vn", 1, "nxdomain")])
        .await;
    let upstream = Fake::start(|query, _| vec![internet().resolve(query)]).await;
    let mut settings = settings(&[&upstream]);
    settings.forwarding.dnssec = Dnssec::Validate;
    let world = World {
        anchors: internet().anchors(),
        ..World::internet()
    };
    let cache = Arc::new(Cache::new(1 << 20));
    let forwarder = Forwarder::within(&world, &settings, cache, Arc::new(Watch::set()));
    let outcome = forwarder.ask(&key("www.tran.vn")).await;
    assert_eq!(codes(&outcome), (2, Some(6)));
}

#[tokio::test]
async fn forged_answers_of_every_kind_are_refused() {
    fn forge(query: &[u8], answer: Vec<u8>) -> Vec<u8> {
        match question(query) {
            // An address without a signature, a denial without a proof, a signed one cut short.
            (name, 1) if name == "www.tot.vn" => Script::new(query, 0)
                .record(1, &name, 1, 60, &[6, 6, 6, 6])
                .bytes(),
            (name, 1) if name == "bi-danh.tot.vn" => Script::new(query, 3).soa(60, 60).bytes(),
            (_, 15) => Script::new(query, 0).bytes(),
            _ => answer,
        }
    }
    for dnssec in [Dnssec::Validate, Dnssec::Auto] {
        let one = Validating::new(dnssec, Watch::set(), forge).await;
        one.check(&[
            ("www.tot.vn", 1, "servfail ede 6"),
            ("bi-danh.tot.vn", 1, "servfail ede 6"),
            ("www.tot.vn", 15, "servfail ede 6"),
            ("www.tron.vn", 15, "nodata"),
            ("x.sao.tot.vn", 1, "ok ad"),
        ])
        .await;
    }
}

/// An upstream that knows nothing of signatures.
fn strip(query: &[u8], answer: Vec<u8>) -> Vec<u8> {
    let mut message = hickory_proto::op::Message::from_vec(&answer).unwrap();
    let _ = query;
    message = message.maybe_strip_dnssec_records(false);
    message.to_vec().unwrap()
}

#[tokio::test]
async fn an_upstream_that_drops_signatures_fails_who_insists_and_serves_who_does_not() {
    let strict = Validating::new(Dnssec::Validate, Watch::set(), strip).await;
    strict.check(&[("www.tot.vn", 1, "servfail ede 6")]).await;
    let lenient = Validating::new(Dnssec::Auto, Watch::set(), strip).await;
    lenient
        .check(&[("www.tot.vn", 1, "ok"), ("www.tron.vn", 1, "ok")])
        .await;
    let before = lenient.upstream.asked();
    lenient.check(&[("khong-co.tot.vn", 1, "nxdomain")]).await;
    assert_eq!(lenient.upstream.asked(), before + 1, "known by then");
}

#[tokio::test]
async fn a_box_that_does_not_know_the_time_resolves() {
    let one = Validating::new(Dnssec::Validate, Watch::default(), |_, answer| answer).await;
    one.check(&[("www.tot.vn", 1, "ok"), ("www.cu.vn", 1, "ok")])
        .await;
}

#[tokio::test]
async fn an_upstream_in_the_clear_is_believed_or_not_but_never_called_authentic() {
    fn claim(_: &[u8], mut answer: Vec<u8>) -> Vec<u8> {
        answer[3] |= 0x20;
        answer
    }
    for dnssec in [Dnssec::TrustUpstream, Dnssec::Off] {
        let one = Validating::new(dnssec, Watch::set(), claim).await;
        one.check(&[("www.tot.vn", 1, "ok"), ("www.gia.vn", 1, "ok")])
            .await;
        assert_eq!(one.upstream.asked(), 2, "nothing is looked up beside");
    }
}

#[tokio::test]
async fn a_zone_once_known_to_be_unsigned_costs_one_question_a_name() {
    let one = Validating::honest(Dnssec::Auto).await;
    one.check(&[("www.tron.vn", 1, "ok")]).await;
    let before = one.upstream.asked();
    one.check(&[("a.tron.vn", 1, "nxdomain"), ("b.tron.vn", 28, "nxdomain")])
        .await;
    assert_eq!(one.upstream.asked(), before + 2);
}

#[tokio::test]
async fn names_are_never_written_to_the_log() {
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl<'w> MakeWriter<'w> for Log {
        type Writer = Self;
        fn make_writer(&'w self) -> Self {
            self.clone()
        }
    }

    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("the log works");
    let one = Validating::honest(Dnssec::Validate).await;
    one.check(&[
        ("www.tot.vn", 1, "ok ad"),
        ("www.gia.vn", 1, "servfail ede 6"),
        ("www.tron.vn", 15, "nodata"),
    ])
    .await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("the log works"));
    for label in ["tot", "gia", "tron"] {
        assert!(!text.to_lowercase().contains(label), "{text}");
    }
}
