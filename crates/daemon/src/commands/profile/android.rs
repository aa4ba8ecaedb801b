//! What is to be done on Android, which takes no file: Private DNS is typed in, or set by a device
//! manager, and trusts public certificates only.

use super::Profile;
use crate::words::Words;

/// The steps, in the reader's language.
pub(super) fn text(profile: &Profile, words: Words) -> String {
    let name = profile.server_name();
    let lines = [
        words.android_title(&profile.group),
        words.android_where(),
        words.android_name(&name),
        String::new(),
        words.android_public(&profile.host.to_string()),
        words.android_inside(&profile.host.to_string()),
        words.android_secret(),
    ];
    format!("{}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;
    use lachan_config::Language;

    #[test]
    fn the_name_to_type_and_the_limit_are_told_in_both_languages() {
        for (language, part) in [
            (Language::Vietnamese, "chứng chỉ công cộng"),
            (Language::English, "public certificates"),
        ] {
            let profile = sample();
            let text = text(&profile, Words::new(language));
            assert!(text.contains(&profile.server_name()), "{text}");
            assert!(
                text.contains(part) && text.contains("*.dns.truong.vn"),
                "{text}"
            );
        }
    }
}
