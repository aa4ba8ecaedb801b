//! Has the pages embedded anew when they were built anew.
//!
//! A folder that is not there cannot be watched, so that the first build of the pages would go
//! unnoticed: where their sources are, an empty one is made.

use std::path::Path;

const SOURCES: &str = "../../web-ui";
const PAGES: &str = "../../web-ui/dist";

fn main() {
    if Path::new(SOURCES).exists() {
        // Where nothing may be written (a package's build), the pages were built before or never.
        let _ = std::fs::create_dir_all(PAGES);
    }
    println!("cargo::rerun-if-changed=build.rs");
    if Path::new(PAGES).exists() {
        println!("cargo::rerun-if-changed={PAGES}");
    }
}
