//! What is wrong with a request that cannot be read, in both languages. The reader of JSON and of queries
//! tells it in its own English, with the names of our types; people are told the field, what is wrong with it, and
//! what would be right.

/// How much of a name that somebody sent is repeated, in characters.
const LONGEST: usize = 60;

/// What is wrong.
#[derive(Debug, PartialEq, Eq)]
enum Wrong<'m> {
    /// A field that is none of ours, and those that are.
    Unknown(&'m str, Vec<&'m str>),
    /// A field that is missing.
    Missing(&'m str),
    /// A field that stands twice.
    Twice(&'m str),
    /// A word that is none of these.
    Word(Vec<&'m str>),
    /// A value of another kind.
    Kind(Kind),
}

/// What a value is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    Truth,
    List,
    Fields,
    /// One that has several forms, or of which nothing is known here.
    Other,
}

impl Kind {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Number => (
                "một số nguyên trong giới hạn",
                "a whole number within its bounds",
            ),
            Self::Text => ("chữ, đặt trong dấu ngoặc kép", "text in quotation marks"),
            Self::Truth => ("true hoặc false", "true or false"),
            Self::List => ("một danh sách", "a list"),
            Self::Fields => ("một nhóm trường trong { }", "fields within { }"),
            Self::Other => ("giá trị đúng dạng", "a value of the right form"),
        }
    }

    /// Of the word that serde has for what it expected.
    fn expected(text: &str) -> Self {
        let word = text.trim_start_matches("a ").trim_start_matches("an ");
        let first = word.split([' ', ',']).next().unwrap_or_default();
        let bits = first.strip_prefix(['i', 'u']).unwrap_or_default();
        let is_integer = bits == "size" || bits.parse::<u8>().is_ok();
        match first {
            "string" | "borrowed" | "character" => Self::Text,
            "boolean" | "bool" => Self::Truth,
            "sequence" | "array" | "tuple" => Self::List,
            "struct" | "map" => Self::Fields,
            "integer" => Self::Number,
            _ if is_integer => Self::Number,
            _ => Self::Other,
        }
    }
}

/// What is wrong with a JSON body, Vietnamese first. `path` is where in it, as `periods[0].from`.
pub(crate) fn of_json(path: &str, error: &serde_json::Error) -> (String, String) {
    let message = error.to_string();
    match error.classify() {
        serde_json::error::Category::Data => told(path, &message),
        // Of what is no JSON only the place is known.
        _ => {
            let (line, column) = (error.line(), error.column());
            (
                format!("nội dung gửi lên không phải JSON hợp lệ (dòng {line}, cột {column})"),
                format!("this is no valid JSON (line {line}, column {column})"),
            )
        }
    }
}

/// What is wrong with the query of an address.
pub(crate) fn of_query(message: &str) -> (String, String) {
    let message = message
        .strip_prefix("Failed to deserialize query string: ")
        .unwrap_or(message);
    let (path, rest) = match message.split_once(": ") {
        Some((path, rest)) if !path.contains(' ') => (path, rest),
        _ => ("", message),
    };
    told(path, rest)
}

fn told(path: &str, message: &str) -> (String, String) {
    let at = |vi: &str, en: &str| match path {
        "" | "." | "?" => (
            format!("giá trị gửi lên phải là {vi}"),
            format!("what is sent must be {en}"),
        ),
        path => {
            let path = cut(path);
            (
                format!("trường “{path}” phải là {vi}"),
                format!("the field \"{path}\" must be {en}"),
            )
        }
    };
    match wrong(message) {
        Wrong::Unknown(field, known) if known.is_empty() => (
            format!("không có trường “{}”", cut(field)),
            format!("there is no field \"{}\"", cut(field)),
        ),
        Wrong::Unknown(field, known) => (
            format!(
                "không có trường “{}”; các trường có thể dùng: {}",
                cut(field),
                known.join(", ")
            ),
            format!(
                "there is no field \"{}\"; known are: {}",
                cut(field),
                known.join(", ")
            ),
        ),
        Wrong::Missing(field) => (
            format!("thiếu trường “{}”", cut(field)),
            format!("the field \"{}\" is missing", cut(field)),
        ),
        Wrong::Twice(field) => (
            format!("trường “{}” có hai lần", cut(field)),
            format!("the field \"{}\" stands twice", cut(field)),
        ),
        Wrong::Word(known) => at(
            &format!("một trong các từ: {}", known.join(", ")),
            &format!("one of the words: {}", known.join(", ")),
        ),
        Wrong::Kind(kind) => {
            let (vi, en) = kind.words();
            at(vi, en)
        }
    }
}

/// Reads what serde says (`serde::de::Error`, whose texts are part of its documentation).
fn wrong(message: &str) -> Wrong<'_> {
    // Behind it stands where, which the path tells better.
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(text, _)| text);
    let after = |start: &str| message.strip_prefix(start);
    if let Some(rest) = after("unknown field ") {
        // As with words below: what was sent may hold backquotes itself.
        let (field, known) = rest
            .rsplit_once("`, expected ")
            .or_else(|| rest.rsplit_once("`, there are no fields"))
            .unwrap_or((rest, ""));
        let field = field.strip_prefix('`').unwrap_or(field);
        return Wrong::Unknown(field, quoted(known).collect());
    }
    if let Some(rest) = after("missing field ") {
        return Wrong::Missing(quoted(rest).next().unwrap_or_default());
    }
    if let Some(rest) = after("duplicate field ") {
        return Wrong::Twice(quoted(rest).next().unwrap_or_default());
    }
    if let Some(rest) = after("unknown variant ") {
        // What was sent may hold backquotes itself: what is expected stands behind the last ", expected".
        let known = rest
            .rsplit_once(", expected ")
            .map_or("", |(_, known)| known);
        return Wrong::Word(quoted(known).collect());
    }
    if after("invalid digit").is_some()
        || after("number too").is_some()
        || after("cannot parse integer").is_some()
    {
        return Wrong::Kind(Kind::Number);
    }
    let is_of_kind = ["invalid type", "invalid value", "invalid length"];
    let expected = message.rsplit_once(", expected ");
    match expected {
        Some((start, expected)) if is_of_kind.iter().any(|known| start.starts_with(known)) => {
            Wrong::Kind(Kind::expected(expected))
        }
        _ => Wrong::Kind(Kind::Other),
    }
}

/// What stands in backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[expect(dead_code, reason = "it is only read into")]
    struct Form {
        role: Role,
        minutes: u16,
        #[serde(default)]
        periods: Vec<Period>,
        name: Option<String>,
        is_on: Option<bool>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Role {
        Teacher,
        Admin,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is only read into")]
    struct Period {
        from: i32,
    }

    fn detail(body: &str) -> (String, String) {
        let mut reader = serde_json::Deserializer::from_str(body);
        let read: Result<Form, _> = serde_path_to_error::deserialize(&mut reader);
        let error = read.unwrap_err();
        of_json(&error.path().to_string(), error.inner())
    }

    #[track_caller]
    fn check(body: &str, vi: &str, en: &str) {
        assert_eq!(detail(body), (vi.to_owned(), en.to_owned()), "{body}");
    }

    #[test]
    fn a_field_that_is_wrong_is_named_in_both_languages() {
        check(
            r#"{"role":"boss","minutes":5}"#,
            "trường “role” phải là một trong các từ: teacher, admin",
            "the field \"role\" must be one of the words: teacher, admin",
        );
        check(
            r#"{"role":"admin"}"#,
            "thiếu trường “minutes”",
            "the field \"minutes\" is missing",
        );
        check(
            r#"{"role":"admin","minutes":5,"minutes":6}"#,
            "trường “minutes” có hai lần",
            "the field \"minutes\" stands twice",
        );
        check(
            r#"{"rule":1}"#,
            "không có trường “rule”; các trường có thể dùng: role, minutes, periods, name, is-on",
            "there is no field \"rule\"; known are: role, minutes, periods, name, is-on",
        );
        for value in ["\"5\"", "-1", "70000", "1.5", "[]", "null"] {
            check(
                &format!(r#"{{"minutes":{value}}}"#),
                "trường “minutes” phải là một số nguyên trong giới hạn",
                "the field \"minutes\" must be a whole number within its bounds",
            );
        }
        check(
            r#"{"periods":[{"from":1},{"from":"x"}]}"#,
            "trường “periods[1].from” phải là một số nguyên trong giới hạn",
            "the field \"periods[1].from\" must be a whole number within its bounds",
        );
        check(
            r#"{"periods":{}}"#,
            "trường “periods” phải là một danh sách",
            "the field \"periods\" must be a list",
        );
        check(
            r#"{"name":5}"#,
            "trường “name” phải là chữ, đặt trong dấu ngoặc kép",
            "the field \"name\" must be text in quotation marks",
        );
        check(
            r#"{"is-on":"yes"}"#,
            "trường “is-on” phải là true hoặc false",
            "the field \"is-on\" must be true or false",
        );
        check(
            "7",
            "giá trị gửi lên phải là một nhóm trường trong { }",
            "what is sent must be fields within { }",
        );
    }

    #[test]
    fn a_name_with_backquotes_is_told_as_it_was_sent() {
        let (vi, _) = detail("{\"a`b\":1}");
        assert!(
            vi.starts_with("không có trường “a`b”; các trường có thể dùng: role, minutes"),
            "{vi}"
        );
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        check(
            "{\"role\":",
            "nội dung gửi lên không phải JSON hợp lệ (dòng 1, cột 8)",
            "this is no valid JSON (line 1, column 8)",
        );
    }

    #[test]
    fn a_query_is_told_of_like_a_body() {
        for (message, vi) in [
            (
                "Failed to deserialize query string: limit: invalid digit found in string",
                "trường “limit” phải là một số nguyên trong giới hạn",
            ),
            (
                "Failed to deserialize query string: unknown field `x`, expected `limit` or `before`",
                "không có trường “x”; các trường có thể dùng: limit, before",
            ),
            ("something new", "giá trị gửi lên phải là giá trị đúng dạng"),
        ] {
            assert_eq!(of_query(message).0, vi);
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_is_told_in_serde_s_own_words(body in r#"[{}\[\]":,a-z`0-9\. ]{0,60}"#) {
            let mut reader = serde_json::Deserializer::from_str(&body);
            let read: Result<Form, _> = serde_path_to_error::deserialize(&mut reader);
            if let Err(error) = read {
                let (vi, en) = of_json(&error.path().to_string(), error.inner());
                for own in ["expected", "invalid type", "struct", "at line"] {
                    prop_assert!(!vi.contains(own), "{}", vi);
                }
                prop_assert!(!en.contains("invalid type") && !en.contains("struct Form"), "{}", en);
            }
        }
    }
}
