//! The wording of every mistake, once per language. Each message says what is wrong and, after the
//! semicolon, what would be right. The place and the key are put before it by the caller.

mod en;
mod vi;

use std::fmt::Display;

use crate::fault::Fault;
use crate::values::Language;

/// What is wrong and what would be right.
pub(crate) fn fault(fault: &Fault, language: Language) -> String {
    match language {
        Language::Vietnamese => vi::fault(fault),
        Language::English => en::fault(fault),
    }
}

/// The line that ends a shortened report.
pub(crate) fn more(count: usize, language: Language) -> String {
    match language {
        Language::Vietnamese => {
            format!("còn {count} lỗi nữa; hãy sửa các lỗi trên rồi kiểm tra lại")
        }
        Language::English => format!("and {count} more; mend those above and check again"),
    }
}

/// A key as it stands in a path: bare where TOML allows, else quoted, shortened and escaped.
pub(crate) fn key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !key.is_empty() && key.len() <= 60 && key.chars().all(bare) {
        return key.to_owned();
    }
    crate::fault::Quoted::new(key).to_string()
}

/// A file name with control characters escaped.
pub(crate) fn path(path: &str) -> String {
    path.chars()
        .map(|c| {
            if c.is_control() {
                c.escape_debug().to_string()
            } else {
                c.into()
            }
        })
        .collect()
}

/// `a, b, c`.
fn list<T: Display>(items: &[T]) -> String {
    items
        .iter()
        .map(T::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// `"a", "b", "c"`.
fn quoted_list(items: &[&str]) -> String {
    items
        .iter()
        .map(|item| format!("{item:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}
