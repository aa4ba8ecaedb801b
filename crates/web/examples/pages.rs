//! Writes every look of the block page to a folder, to be looked at: `cargo run --example pages FOLDER`.

use std::io;
use std::path::PathBuf;

use lachan_policy::Tier;
use lachan_web::{BlockPage, Form, Language, Notice, NoticePage, Opener, Site, Why, Words};

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
    std::fs::write(folder.join("notice.html"), notice.reply(Form::Html).body)
}
