//! Any bytes as a settings file: no panic, and a refusal always says something in both languages.
//! What is accepted survives an edit, and what any text sets can be told.
#![no_main]

use lachan_config::edit::{self, Value};
use lachan_config::{Config, Language};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = (edit::set_keys(text), edit::differences("", text));
        assert!(edit::differences(text, text).is_empty());
    }
    match Config::from_bytes(bytes, "lachan.toml") {
        Err(mistakes) => {
            assert!(!mistakes.list().is_empty());
            for language in [Language::Vietnamese, Language::English] {
                assert!(!mistakes.report(language).is_empty());
            }
        }
        Ok(_) => {
            let text = std::str::from_utf8(bytes).expect("what is accepted is UTF-8");
            let edited = edit::set(text, "lachan.toml", "store.flush", &Value::from("7s"))
                .expect("a right value in a right file is right");
            let config = Config::parse(&edited, "lachan.toml").expect("checked by `set`");
            assert_eq!(config.store.flush.as_secs(), 7);
        }
    }
});
