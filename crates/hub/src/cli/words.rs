//! Every sentence that whoever runs a hub reads on its console, in Vietnamese and in English. The macro makes one function of
//! each, and takes it only with both languages, so none can be missing.

use lachan_web::Language;

/// Declares sentences: `name(argument: Type) { vi: "…", en: "…" }`.
macro_rules! words {
    ($($name:ident($($argument:ident: $type:ty),* $(,)?) { vi: $vi:literal, en: $en:literal $(,)? })*) => {
        impl Words {
            $(pub(super) fn $name(self $(, $argument: $type)*) -> String {
                match self.0 {
                    Language::Vietnamese => format!($vi),
                    Language::English => format!($en),
                }
            })*
        }
    };
}

/// The language of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words(pub(super) Language);

impl Words {
    /// The language of the environment, by the order of POSIX; English where it names none.
    pub(super) fn of_environment() -> Self {
        Self(language_of(|name| std::env::var(name).ok()))
    }

    /// One of two texts.
    pub(super) fn of(self, words: &(String, String)) -> &str {
        match self.0 {
            Language::Vietnamese => &words.0,
            Language::English => &words.1,
        }
    }
}

fn language_of(variable: impl Fn(&str) -> Option<String>) -> Language {
    let given = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(given);
    match locale {
        Some(locale) if locale.starts_with("vi") => Language::Vietnamese,
        _ => Language::English,
    }
}

words! {
    listening(address: &str) {
        vi: "Hub đang nghe tại {address}.",
        en: "The hub listens on {address}.",
    }
    first_code(code: &str) {
        vi: "Chưa có tài khoản nào. Mở trang của hub và nhập mã này để tạo tài khoản đầu tiên: {code}",
        en: "Nobody has an account yet. Open the hub's page and enter this code to make the first one: {code}",
    }
    set_up_already() {
        vi: "Đã có tài khoản; mã đầu tiên không còn dùng nữa.",
        en: "There are accounts; the first code is not used any more.",
    }
    migrated(version: i64) {
        vi: "Cơ sở dữ liệu ở phiên bản {version}.",
        en: "The database is at version {version}.",
    }
    sampled(units: usize) {
        vi: "Đã tạo cây mẫu gồm {units} đơn vị.",
        en: "Made a sample tree of {units} units.",
    }
    no_account(name: &str) {
        vi: "Không có tài khoản “{name}”.",
        en: "There is no account \"{name}\".",
    }
    new_password(name: &str, password: &str) {
        vi: "Mật khẩu dùng một lần của {name}: {password} (phải đổi khi đăng nhập; xác thực hai bước đã tắt và phải bật lại).",
        en: "One-time password of {name}: {password} (to be changed at sign-in; one-time codes are off and have to be set up again).",
    }
    account(name: &str, display_name: &str, roles: &str, unit: &str) {
        vi: "{name}\t{display_name}\t{roles}\tđơn vị {unit}",
        en: "{name}\t{display_name}\t{roles}\tunit {unit}",
    }
    log_holds(unit: &str, entries: i64, head: &str) {
        vi: "{unit}: {entries} mục, còn nguyên, mã cuối {head}",
        en: "{unit}: {entries} entries, whole, head {head}",
    }
    log_altered(unit: &str, number: i64) {
        vi: "{unit}: mục {number} đã bị sửa",
        en: "{unit}: entry {number} was altered",
    }
    log_unlinked(unit: &str, number: i64) {
        vi: "{unit}: trước mục {number} có mục bị lấy đi hoặc chèn vào",
        en: "{unit}: before entry {number} one was taken out or put in",
    }
    log_gone(unit: &str) {
        vi: "{unit}: đơn vị có trong cây nhưng nhật ký đã bị lấy đi hết",
        en: "{unit}: the unit is in the tree, and its whole log was taken out",
    }
    log_cut(unit: &str, said: i64, found: i64) {
        vi: "{unit}: sổ phải có {said} mục nhưng chỉ thấy {found}; phần cuối đã bị cắt hoặc sửa",
        en: "{unit}: the log should have {said} entries and has {found}; its end was cut off or changed",
    }
    logs_checked(units: usize, broken: usize) {
        vi: "Đã kiểm tra nhật ký của {units} đơn vị, {broken} cái không còn nguyên.",
        en: "Checked the logs of {units} units; {broken} are not whole.",
    }
    mistake(key: &str, what: &str) {
        vi: "cấu hình, {key}: {what}",
        en: "settings, {key}: {what}",
    }
    failed(what: &str) {
        vi: "Không làm được: {what}",
        en: "It failed: {what}",
    }
    certificate_unreadable(path: &str) {
        vi: "{path}: không đọc được chứng chỉ và khóa (PEM)",
        en: "{path}: no certificate and key (PEM) can be read",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_gives_the_language() {
        let of = |value: &'static str| {
            language_of(move |name| (name == "LANG").then(|| value.to_owned()))
        };
        assert_eq!(of("vi_VN.UTF-8"), Language::Vietnamese);
        assert_eq!(of("en_US.UTF-8"), Language::English);
        assert_eq!(of("C"), Language::English);
    }
}
