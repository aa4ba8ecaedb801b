//! The certificates that encrypted upstreams are checked against: the system's own store, which
//! Debian keeps current, and files that the settings name.
//!
//! Roots that were compiled in would age with the program, on a box that may not be updated for
//! years, and would not know an authority that a school or the department added to the system.

use std::path::{Path, PathBuf};

use lachan_config::{Mode, Resolver};
use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};

/// The roots, and what could not be read of them.
#[derive(Debug, Default)]
pub(crate) struct Roots {
    /// The certificates (DER).
    pub(crate) certificates: Vec<Vec<u8>>,
    /// Files of the settings that hold no certificate that can be read, and why.
    pub(crate) unreadable: Vec<(PathBuf, String)>,
    /// Whether they are needed and there is none at all.
    pub(crate) missing: bool,
}

impl Roots {
    /// The roots that these settings need; none are read when no upstream is encrypted.
    pub(crate) fn load(settings: &Resolver) -> Self {
        Self::with(settings, load_native_certs)
    }

    fn with(settings: &Resolver, system: impl FnOnce() -> CertificateResult) -> Self {
        if !needs_roots(settings) {
            return Self::default();
        }
        let mut roots = Self::default();
        let mut take = |found: CertificateResult| {
            let certificates = found.certs.into_iter().map(|der| der.to_vec());
            roots.certificates.extend(certificates);
        };
        take(system());
        let mut unreadable = Vec::new();
        for file in &settings.ca_files {
            match read(file) {
                Ok(found) => take(found),
                Err(why) => unreadable.push((file.clone(), why)),
            }
        }
        Self {
            missing: roots.certificates.is_empty(),
            unreadable,
            ..roots
        }
    }
}

fn needs_roots(settings: &Resolver) -> bool {
    let zones = settings.forward.iter().flat_map(|zone| &zone.upstreams);
    let general = settings
        .upstreams
        .iter()
        .filter(|_| settings.mode == Mode::Forward);
    general
        .chain(zones)
        .any(|upstream| upstream.protocol.is_encrypted())
}

/// The certificates of a file; at least one.
fn read(file: &Path) -> Result<CertificateResult, String> {
    let found = load_certs_from_paths(Some(file), None);
    if !found.certs.is_empty() {
        return Ok(found);
    }
    let why = found.errors.first().map(ToString::to_string);
    Err(why.unwrap_or_else(|| "no certificate in it".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Resolver {
        let text = format!("version = \"v1\"\n[resolver]\n{text}");
        lachan_config::Config::parse(&text, "x").unwrap().resolver
    }

    fn authority() -> String {
        let names = vec!["so-gddt.example".to_owned()];
        rcgen::generate_simple_self_signed(names)
            .unwrap()
            .cert
            .pem()
    }

    #[test]
    fn files_are_added_to_the_systems_store_and_bad_ones_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("good.pem"), authority() + &authority()).unwrap();
        std::fs::write(path("empty.pem"), "không có gì").unwrap();
        let list = ["good.pem", "empty.pem", "gone.pem"].map(|name| format!("{:?}", path(name)));
        let settings = settings(&format!("ca-files = [{}]", list.join(", ")));
        let roots = Roots::with(&settings, CertificateResult::default);
        assert_eq!((roots.certificates.len(), roots.missing), (2, false));
        let named: Vec<_> = roots
            .unreadable
            .iter()
            .map(|(file, _)| file.clone())
            .collect();
        assert_eq!(named, [path("empty.pem"), path("gone.pem")]);
    }

    #[test]
    fn roots_are_read_only_where_something_is_encrypted() {
        for (text, needed) in [
            ("", true),
            ("upstreams = [\"9.9.9.9\"]", false),
            ("upstreams = [\"quic://9.9.9.9#a.b\"]", true),
            ("mode = \"recurse\"", false),
            (
                "upstreams = []\nforward = [{ domain = \"a.lan\", upstreams = [\"tls://10.0.0.1#a.b\"] }]",
                true,
            ),
        ] {
            let roots = Roots::with(&settings(text), CertificateResult::default);
            assert_eq!(roots.missing, needed, "{text}");
        }
    }
}
