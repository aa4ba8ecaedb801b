//! What is wrong with a command line. The parser's own messages are English only.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use super::{Words, words};

words! {
    usage_unknown_argument(argument: &str) { vi: "không có tham số {argument}", en: "there is no argument {argument}" }
    usage_unknown_command(command: &str) { vi: "không có lệnh {command}", en: "there is no command {command}" }
    usage_missing(arguments: &str) { vi: "còn thiếu {arguments}", en: "{arguments} is missing" }
    usage_missing_command() { vi: "còn thiếu lệnh con", en: "a command is missing" }
    usage_missing_value(argument: &str) { vi: "{argument} cần một giá trị", en: "{argument} needs a value" }
    usage_bad_value(value: &str, argument: &str) {
        vi: "giá trị {value} của {argument} không dùng được",
        en: "the value {value} of {argument} cannot be used",
    }
    usage_conflict(argument: &str, prior: &str) {
        vi: "{argument} không đi cùng {prior}",
        en: "{argument} cannot stand with {prior}",
    }
    usage_twice(argument: &str) { vi: "{argument} chỉ được ghi một lần", en: "{argument} can be given once only" }
    usage_excess_value(value: &str, argument: &str) {
        vi: "thừa giá trị {value} ở {argument}",
        en: "the value {value} of {argument} is one too many",
    }
    usage_few_values(argument: &str, least: &str) {
        vi: "{argument} cần ít nhất {least} giá trị",
        en: "{argument} needs {least} values or more",
    }
    usage_wrong_count(argument: &str, wanted: &str, given: &str) {
        vi: "{argument} cần {wanted} giá trị, nhưng có {given}",
        en: "{argument} needs {wanted} values, and {given} are given",
    }
    usage_no_equals(argument: &str) {
        vi: "{argument} phải viết với dấu bằng: {argument}=GIÁ-TRỊ",
        en: "{argument} is written with an equals sign: {argument}=VALUE",
    }
    usage_not_text() { vi: "dòng lệnh có chữ không phải UTF-8", en: "the command line is not UTF-8" }
    usage_wrong() { vi: "dòng lệnh sai", en: "the command line is wrong" }
    usage_values(values: &str) { vi: "giá trị có thể dùng: {values}", en: "values that can be used: {values}" }
    usage_did_you_mean(words: &str) { vi: "có phải ý bạn là {words}?", en: "did you mean {words}?" }
    usage_title() { vi: "Cách dùng:", en: "Usage:" }
    usage_help() { vi: "xem trợ giúp bằng --help", en: "--help tells more" }
}

impl Words {
    /// What is wrong with a command line, and what would be right.
    pub(crate) fn usage_error(self, error: &Error) -> String {
        let mut text = format!("lachan: {}: {}", self.error(), self.usage_sentence(error));
        let mut add = |line: String| text.push_str(&format!("\n  {line}"));
        // Why a value cannot be used: the words of whoever reads such values.
        if let Some(cause) = std::error::Error::source(error) {
            add(format!("{}: {cause}", self.because()));
        }
        if let Some(values) = all(error, ContextKind::ValidValue, ", ") {
            add(self.usage_values(&values));
        }
        let suggested = [
            ContextKind::SuggestedArg,
            ContextKind::SuggestedSubcommand,
            ContextKind::SuggestedValue,
        ];
        for kind in suggested {
            if let Some(meant) = all(error, kind, ", ") {
                add(self.usage_did_you_mean(&meant));
            }
        }
        if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
            let usage = usage.to_string();
            let usage = usage.trim().trim_start_matches("Usage:").trim_start();
            add(format!("{} {usage}", self.usage_title()));
        }
        add(self.usage_help());
        text
    }

    fn usage_sentence(self, error: &Error) -> String {
        let named = |kind| all(error, kind, ", ").unwrap_or_default();
        let argument = named(ContextKind::InvalidArg);
        let value = named(ContextKind::InvalidValue);
        match error.kind() {
            ErrorKind::UnknownArgument => self.usage_unknown_argument(&argument),
            ErrorKind::InvalidSubcommand => {
                self.usage_unknown_command(&named(ContextKind::InvalidSubcommand))
            }
            ErrorKind::MissingRequiredArgument => self.usage_missing(&argument),
            ErrorKind::MissingSubcommand => self.usage_missing_command(),
            ErrorKind::InvalidValue if value.is_empty() => self.usage_missing_value(&argument),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                self.usage_bad_value(&value, &argument)
            }
            ErrorKind::ArgumentConflict => match named(ContextKind::PriorArg) {
                prior if prior == argument || prior.is_empty() => self.usage_twice(&argument),
                prior => self.usage_conflict(&argument, &prior),
            },
            ErrorKind::TooManyValues => self.usage_excess_value(&value, &argument),
            ErrorKind::TooFewValues => {
                self.usage_few_values(&argument, &named(ContextKind::MinValues))
            }
            ErrorKind::WrongNumberOfValues => self.usage_wrong_count(
                &argument,
                &named(ContextKind::ExpectedNumValues),
                &named(ContextKind::ActualNumValues),
            ),
            ErrorKind::NoEquals => self.usage_no_equals(&argument),
            ErrorKind::InvalidUtf8 => self.usage_not_text(),
            _ => self.usage_wrong(),
        }
    }
}

/// The values of a kind that an error was given, in one text.
fn all(error: &Error, kind: ContextKind, between: &str) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        ContextValue::Strings(texts) if !texts.is_empty() => Some(texts.join(between)),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_config::Language;

    fn told(line: &str, language: Language) -> String {
        let words = Words::new(language);
        let arguments = line.split(' ').map(Into::into);
        let error = crate::cli::parse(arguments, words).unwrap_err();
        words.usage_error(&error)
    }

    #[test]
    fn each_wrong_command_line_is_told_in_both_languages() {
        for (line, vi, en, part) in [
            (
                "lachan top --onec",
                "không có tham số",
                "no argument",
                "--once",
            ),
            (
                "lachan gruops list",
                "không có lệnh",
                "no command",
                "groups",
            ),
            ("lachan groups add 6a", "còn thiếu", "is missing", "--tier"),
            (
                "lachan why a.vn --tier lop-6",
                "không dùng được",
                "cannot be used",
                "lop-6",
            ),
            (
                "lachan groups set a --mode x",
                "có thể dùng",
                "can be used",
                "allowlist-only",
            ),
            (
                "lachan why a.vn --tier",
                "cần một giá trị",
                "needs a value",
                "--tier",
            ),
            (
                "lachan why a.vn --group a --tier thcs",
                "không đi cùng",
                "cannot stand with",
                "--tier",
            ),
            (
                "lachan why a.vn --at 1 --at 2",
                "một lần",
                "once only",
                "--at",
            ),
            (
                "lachan events --limit x",
                "không dùng được",
                "cannot be used",
                "--limit",
            ),
            (
                "lachan top --once=yes",
                "thừa giá trị",
                "one too many",
                "--once",
            ),
        ] {
            let vietnamese = told(line, Language::Vietnamese);
            assert!(vietnamese.starts_with("lachan: lỗi: "), "{vietnamese}");
            let english = told(line, Language::English);
            assert!(english.starts_with("lachan: error: "), "{english}");
            for (text, says) in [(&vietnamese, vi), (&english, en)] {
                assert!(text.contains(says) && text.contains(part), "{line}: {text}");
            }
            for word in ["Usage", "error:", "tip:", "For more"] {
                assert!(!vietnamese.contains(word), "{word}: {vietnamese}");
            }
        }
    }
}
