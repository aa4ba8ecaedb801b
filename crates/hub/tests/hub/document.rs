//! The committed document is the server's.

use std::fs;

use lachan_hub::web::document;

/// With `LACHAN_WRITE_OPENAPI=1` the copy is written anew.
#[test]
fn the_committed_document_is_the_server_s() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let mut served = document().to_pretty_json().unwrap();
    served.push('\n');
    if std::env::var_os("LACHAN_WRITE_OPENAPI").is_some() {
        fs::write(path, &served).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == served,
        "crates/hub/openapi.json is not what the server says; run \
         LACHAN_WRITE_OPENAPI=1 cargo test -p lachan-hub --test hub document"
    );
}
