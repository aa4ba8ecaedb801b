//! Writes every look of the block page and of the box's own pages to a folder, to be looked at:
//! `cargo run --example pages FOLDER`.

use std::io;
use std::path::PathBuf;

use lachan_policy::Tier;
use lachan_web::{
    Around, AskPage, Asking, BlockPage, Blocked, FixedPage, Form, Help, Language, Learning,
    LearningPage, LessonList, LessonPage, Lessons, Notice, NoticePage, Opener, Own, Reply,
    ReportPage, Site, Stale, Telling, Unlocking, Wanted, Why, Words, Written, WrongReport,
};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".to_owned()));
    let gambling = Why::Category {
        name: Words::new("Cờ bạc, cá độ, nổ hũ, lô đề", "Gambling and betting"),
        reason: Words::new(
            "Cờ bạc là trái pháp luật và dễ mất tiền.",
            "Gambling is illegal and costs money.",
        ),
    };
    let page = BlockPage {
        site: Site {
            language: Language::Vietnamese,
            school: "Trường THCS Lê Lợi, phường Hà Đông",
        },
        tier: Tier::Thcs,
        name: Some("nha-cai.example"),
        why: gambling,
        opener: Opener::Department,
        code: Some("K7QX3M"),
        gentle: false,
        own: Some(Own {
            home: "http://lachan.lan",
            lesson: Some((
                "toan-hoc-nha-cai",
                Words::new("Toán học của nhà cái", "The bookmaker's arithmetic"),
            )),
        }),
        help: &HELP,
    };
    let pages = [
        ("thcs", page),
        (
            "lesson",
            BlockPage {
                opener: Opener::Teacher,
                tier: Tier::Thpt,
                ..page
            },
        ),
        (
            "exam",
            BlockPage {
                why: Why::Exam,
                opener: Opener::Nobody,
                ..page
            },
        ),
        (
            "young",
            BlockPage {
                tier: Tier::TieuHoc,
                opener: Opener::School,
                ..page
            },
        ),
        (
            "staff",
            BlockPage {
                tier: Tier::Staff,
                opener: Opener::School,
                ..page
            },
        ),
        (
            "gentle",
            BlockPage {
                gentle: true,
                name: None,
                ..page
            },
        ),
    ];
    for (name, page) in pages {
        std::fs::write(
            folder.join(format!("{name}.html")),
            page.reply(Form::Html).body,
        )?;
    }
    let notice = NoticePage {
        language: Language::Vietnamese,
        notice: Notice::NoAnswer,
        status: 502,
    };
    std::fs::write(folder.join("notice.html"), notice.reply(Form::Html).body)?;
    for (name, reply) in own_pages() {
        std::fs::write(folder.join(format!("own-{name}.html")), reply.body)?;
    }
    Ok(())
}

const HELP: [Help<'_>; 2] = [
    Help {
        name: "Cô Hoa, tổ tư vấn học đường",
        phone: "024 1234 5678",
        note: "Phòng 105, giờ ra chơi",
    },
    Help {
        name: "Trạm y tế phường Hà Đông",
        phone: "024 3382 0000",
        note: "",
    },
];

const fn around(tier: Tier) -> Around<'static> {
    Around {
        site: Site {
            language: Language::Vietnamese,
            school: "Trường THCS Lê Lợi, phường Hà Đông",
        },
        tier,
        help: &HELP,
    }
}

/// The box's own pages.
fn own_pages() -> Vec<(String, Reply)> {
    let mut all = Vec::new();
    let blocked = [
        Blocked {
            minute: 8 * 60 + 12,
            name: Some("zalo.me"),
            category: Some(Words::new("Nhắn tin", "Messaging")),
            code: Some("K7QX3M"),
        },
        Blocked {
            minute: 8 * 60 + 3,
            name: Some("nha-cai.example"),
            category: Some(Words::new("Cờ bạc, cá độ, nổ hũ, lô đề", "Gambling")),
            code: None,
        },
    ];
    for tier in [Tier::TieuHoc, Tier::Thcs, Tier::Staff] {
        let page = FixedPage {
            around: around(tier),
            lesson: Some(2),
            blocked: Some(&blocked),
        };
        all.push((format!("fixed-{}", tier.id()), page.reply()));
    }
    let ask = AskPage {
        around: around(Tier::Thcs),
        wanted: Some(Wanted {
            code: "K7QX3M",
            name: Some("zalo.me"),
            category: Some(Words::new("Nhắn tin", "Messaging")),
            opener: Opener::Teacher,
        }),
        asking: Asking::Not,
        unlocking: Unlocking::Not,
        stale: None,
        token: "x",
        reasons: &[
            ("lesson", Words::new("Cho bài học này", "For this lesson")),
            ("homework", Words::new("Cho bài tập, dự án", "For homework")),
        ],
    };
    let waiting = Asking::Waiting { forwarded: false };
    let open = Asking::Open {
        until: Some(9 * 60 + 40),
        note: "Chỉ dùng cho bài 5 nhé",
    };
    let unknown = Asking::UnknownCode { typed: "ABC" };
    for (name, page) in [
        ("ask", ask),
        (
            "ask-waiting",
            AskPage {
                asking: waiting,
                ..ask
            },
        ),
        (
            "ask-open",
            AskPage {
                asking: open,
                ..ask
            },
        ),
        (
            "ask-wrong",
            AskPage {
                unlocking: Unlocking::Stale,
                stale: Some(Stale::Code("402917")),
                ..ask
            },
        ),
        (
            "ask-refused",
            AskPage {
                asking: Asking::Refused { note: "" },
                ..ask
            },
        ),
        (
            "ask-unknown",
            AskPage {
                asking: unknown,
                wanted: None,
                ..ask
            },
        ),
    ] {
        all.push((name.to_owned(), page.reply()));
    }
    for (name, telling) in [
        (
            "report",
            Telling::Form {
                wrong: None,
                written: Written::default(),
            },
        ),
        (
            "report-wrong",
            Telling::Form {
                wrong: Some(WrongReport::Stale),
                written: Written {
                    kind: "bullying",
                    story: "Có bạn nhắn tin dọa em.\nEm sợ lắm.",
                    contact: "Giờ ra chơi, ở thư viện",
                },
            },
        ),
        ("report-none", Telling::NoCounsellor),
        ("report-taken", Telling::Taken),
    ] {
        let page = ReportPage {
            around: around(Tier::Thcs),
            telling,
            sealing: None,
            token: "x",
            kinds: &[
                (
                    "content",
                    Words::new(
                        "Em thấy hình, phim, trang làm em sợ hoặc khó chịu",
                        "I saw pictures that frighten me",
                    ),
                ),
                (
                    "bullying",
                    Words::new(
                        "Em hoặc bạn bị bắt nạt, bêu xấu",
                        "Somebody bullies me or a friend",
                    ),
                ),
            ],
        };
        all.push((name.to_owned(), page.reply()));
    }
    all.extend(read_pages());
    all
}

/// Lessons and learning sites, as they ship.
fn read_pages() -> Vec<(String, Reply)> {
    let mut lessons = Lessons::default();
    for text in [
        include_str!("../../../rules/lessons/tieu-hoc.toml"),
        include_str!("../../../rules/lessons/thpt.toml"),
    ] {
        // The tests hold that they are whole.
        let _ = lessons.add(text);
    }
    let learning = Learning::read(include_str!("../../../rules/learning.toml")).unwrap_or_default();
    let mut all = Vec::new();
    for tier in [Tier::TieuHoc, Tier::Thpt] {
        let list = LessonList {
            around: around(tier),
            lessons: lessons.of(tier),
        };
        all.push((format!("lessons-{}", tier.id()), list.reply()));
        if let Some(lesson) = lessons.of(tier).get(4) {
            let page = LessonPage {
                around: around(tier),
                lesson,
            };
            all.push((format!("lesson-{}", tier.id()), page.reply()));
        }
        let page = LearningPage {
            around: around(tier),
            learning: &learning,
        };
        all.push((format!("learning-{}", tier.id()), page.reply()));
    }
    all
}
