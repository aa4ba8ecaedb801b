//! Has the pages embedded anew when they were built anew. Where they were never built there is nothing
//! to watch: whoever builds them for the first time touches this file (the build scripts do).

use std::path::Path;

const PAGES: &str = "../../web-ui/dist";

fn main() {
    #[expect(clippy::print_stdout, reason = "it is how a build script talks to cargo")]
    {
        println!("cargo::rerun-if-changed=build.rs");
        if Path::new(PAGES).exists() {
            println!("cargo::rerun-if-changed={PAGES}");
        }
    }
}
