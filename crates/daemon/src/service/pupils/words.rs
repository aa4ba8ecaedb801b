//! What pupils choose from.

use lachan_store::{ReportKind, RequestWhy};
use lachan_web::Words;

/// Why a pupil asks for a site.
pub(super) const REASONS: [(&str, Words<'static>); 4] = [
    (
        RequestWhy::Lesson.id(),
        Words::new("Cho bài học này", "For this lesson"),
    ),
    (
        RequestWhy::Homework.id(),
        Words::new("Cho bài tập, dự án", "For homework or a project"),
    ),
    (
        RequestWhy::Mistake.id(),
        Words::new("Em nghĩ là chặn nhầm", "I think it was blocked by mistake"),
    ),
    (
        RequestWhy::Other.id(),
        Words::new("Việc khác", "Something else"),
    ),
];

/// What may have happened.
pub(super) const KINDS: [(&str, Words<'static>); 8] = [
    (
        ReportKind::Content.id(),
        Words::new(
            "Em thấy hình, phim, trang làm em sợ hoặc khó chịu",
            "I saw pictures, films or pages that frighten me",
        ),
    ),
    (
        ReportKind::Bullying.id(),
        Words::new(
            "Em hoặc bạn bị bắt nạt, bêu xấu",
            "Somebody bullies me or a friend",
        ),
    ),
    (
        ReportKind::Stranger.id(),
        Words::new(
            "Người lạ làm quen, rủ rê, xin ảnh",
            "A stranger makes friends, invites, asks for pictures",
        ),
    ),
    (
        ReportKind::Blackmail.id(),
        Words::new(
            "Có người đe dọa, tống tiền, dọa tung ảnh",
            "Somebody threatens or blackmails",
        ),
    ),
    (
        ReportKind::SelfHarm.id(),
        Words::new(
            "Em hoặc bạn rất buồn, muốn tự làm đau bản thân",
            "I or a friend feel very low, or want to hurt ourselves",
        ),
    ),
    (
        ReportKind::FakeNews.id(),
        Words::new("Tin giả, tin bịa đặt", "Fake news"),
    ),
    (
        ReportKind::Fraud.id(),
        Words::new(
            "Bị lừa, mất tài khoản, mất tiền",
            "Fraud, a lost account, lost money",
        ),
    ),
    (
        ReportKind::Other.id(),
        Words::new("Chuyện khác", "Something else"),
    ),
];
