//! The certificates of the box, for the pages: what is shown where, another one, one that somebody else
//! made. Keys are written for this program's user only, and never read out.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use lachan_api::ports::{
    self, CertificateFault, CertificateFile, CertificatePlace, CertificateView, Certificates,
    InspectionView, SettingsFile as _,
};
use lachan_config::{Config, Language, Tls, edit};
use lachan_resolver::{
    CertificateFacts, Identity, IdentityError, Validity, authorities, is_vouched_for,
};
use tokio::sync::Notify;

use super::chain;
use super::clock::Clock;
use super::settings_desk::SettingsDesk;
use super::web::Settings;
use crate::authority;
use crate::certificate;
use crate::commands::authority_for_web;
use crate::network;
use crate::web_identity::{self, For, fingerprint_of};
use crate::words::Words;

/// Where a certificate begins.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// The desk.
pub(super) struct CertificateDesk {
    pub(super) settings: Arc<Settings>,
    pub(super) changes: Arc<SettingsDesk>,
    pub(super) clock: Arc<Clock>,
    /// Rung when the pages have another certificate to show.
    pub(super) bell: Arc<Notify>,
}

impl CertificateDesk {
    fn config(&self) -> Arc<Config> {
        self.settings.load_full()
    }

    fn now(&self) -> Option<i64> {
        self.clock.now().map(|now| now.unix)
    }

    /// Whether a certificate and its key can be shown there, with the PEM text of both.
    fn judge(
        &self,
        place: CertificatePlace,
        certificate: &str,
        key: &str,
    ) -> Result<String, CertificateFault> {
        let read = Identity::from_pem(certificate.as_bytes(), key.as_bytes());
        let identity = read.map_err(|error| of_identity(&error))?;
        let facts = identity.facts();
        if facts.validity(self.now()) == Validity::Ended {
            return Err(wrong(
                "certificate",
                "ended",
                "chứng chỉ đã hết hạn; hãy xin chứng chỉ mới",
                "the certificate has ended; ask for a new one",
            ));
        }
        if !has_whole_chain(certificate) {
            return Err(wrong(
                "certificate",
                "broken-chain",
                "các chứng chỉ phía sau không phải của nơi đã cấp chứng chỉ đầu tiên; hãy dán cả chuỗi theo thứ tự",
                "the certificates behind the first are not of those who issued it; paste the whole chain in its order",
            ));
        }
        let config = self.config();
        let names = &config.web.names;
        if place == CertificatePlace::Web && !names.iter().any(|name| facts.covers(name)) {
            let own = facts.names().join(", ");
            return Err(wrong(
                "certificate",
                "other-names",
                &format!(
                    "chứng chỉ chỉ dành cho {own}; hãy thêm tên đó vào trang Mạng, mục Trang quản trị này, trước"
                ),
                &format!(
                    "the certificate is for {own} only; add that name at Network, These pages, first"
                ),
            ));
        }
        let wanted = self.named().map(|tls| tls.names).unwrap_or_default();
        let lacks = wanted.iter().find(|name| !facts.covers(name));
        if let (CertificatePlace::Dns, Some(name)) = (place, lacks) {
            return Err(wrong(
                "certificate",
                "other-names",
                &format!(
                    "chứng chỉ không dành cho {name}, tên mà thiết bị dùng (names ở mục [resolver.tls] trong tệp cài đặt)"
                ),
                &format!(
                    "the certificate is not for {name}, by which devices know the box (names of [resolver.tls] in the settings file)"
                ),
            ));
        }
        Ok(format!("{}\n{}\n", certificate.trim(), key.trim()))
    }

    /// The files that the settings file names, which a start that is under way takes up; where it has
    /// mistakes, those in use.
    fn named(&self) -> Option<Tls> {
        let in_use = self.config();
        let read = self.changes.read().ok();
        let read = read.and_then(|file| Config::parse(&file.text, &file.path).ok());
        let config = read.as_ref().unwrap_or(&in_use);
        config.resolver.encrypted.tls.clone()
    }

    /// Has the settings name the file, where they name others.
    fn name_in_settings(&self, file: &Path, by: &str) -> Result<(), CertificateFault> {
        if self
            .named()
            .is_some_and(|tls| tls.cert == file && tls.key == file)
        {
            return Ok(());
        }
        let now = self.changes.read().map_err(CertificateFault::Settings)?;
        let value = edit::Value::from(file.display().to_string());
        let values = [("resolver.tls.cert", &value), ("resolver.tls.key", &value)];
        let text = edit::set_all(&now.text, &now.path, &values);
        let mistakes =
            |mistakes| CertificateFault::Settings(ports::SettingsFault::Mistakes(mistakes));
        let text = text.map_err(mistakes)?;
        let saved = self.changes.save(&now.tag, &text, by);
        saved.map(drop).map_err(CertificateFault::Settings)
    }
}

impl ports::CertificateDesk for CertificateDesk {
    fn all(&self) -> Certificates {
        let config = self.config();
        let roots = roots();
        let paths = &config.paths;
        let own = web_identity::own_path(paths);
        let uploaded = read(&own).and_then(|text| view(&text, true, &roots));
        let uploaded = uploaded.filter(|one| self.now().is_none_or(|now| now < one.until));
        let made = || read(&web_identity::path(paths)).and_then(|text| view(&text, false, &roots));
        let tls = self.named();
        let dns = tls.and_then(|tls| certificate::read(&tls.cert).ok());
        let dns = dns.and_then(|bytes| String::from_utf8(bytes).ok());
        let inspection = authority::public(paths).ok().flatten();
        Certificates {
            web: uploaded.or_else(made),
            dns: dns.and_then(|text| view(&text, true, &roots)),
            dns_listens: config.resolver.encrypted.is_on(),
            inspection: inspection.map(|known| InspectionView {
                fingerprint: known.fingerprint(),
                from: known.validity.from,
                until: known.validity.until,
                is_on: config.proxy.inspection.is_on(),
            }),
        }
    }

    fn renew_web(&self) -> Result<(), CertificateFault> {
        let config = self.config();
        let own = network::addresses();
        let addresses: Vec<_> = own.map_or_else(|_| Vec::new(), |all| all.own().collect());
        let whom = For {
            names: &config.web.names,
            addresses: &addresses,
        };
        web_identity::renew(&config.paths, whom, self.now()).map_err(|error| failed(&error))?;
        self.bell.notify_one();
        Ok(())
    }

    fn put(
        &self,
        place: CertificatePlace,
        certificate: &str,
        key: &str,
        by: &str,
    ) -> Result<(), CertificateFault> {
        let text = self.judge(place, certificate, key)?;
        let paths = self.config().paths.clone();
        let file = match place {
            CertificatePlace::Web => web_identity::own_path(&paths),
            CertificatePlace::Dns => web_identity::dns_path(&paths),
        };
        authority::write(&file, &text).map_err(|error| failed(&error))?;
        match place {
            CertificatePlace::Web => {
                self.bell.notify_one();
                Ok(())
            }
            CertificatePlace::Dns => self.name_in_settings(&file, by),
        }
    }

    fn remove_web(&self) -> Result<(), CertificateFault> {
        match fs::remove_file(web_identity::own_path(&self.config().paths)) {
            Ok(()) => {
                self.bell.notify_one();
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(CertificateFault::None),
            Err(error) => Err(failed(&error)),
        }
    }

    fn export(&self, kind: &str, language: Language) -> Option<CertificateFile> {
        let config = self.config();
        if !config.proxy.inspection.is_on() {
            return None;
        }
        authority_for_web(kind, &config, Words::new(language))
    }
}

fn read(file: &Path) -> Option<String> {
    authority::read_text(file).ok()
}

fn view(text: &str, is_uploaded: bool, roots: &[Vec<u8>]) -> Option<CertificateView> {
    let facts = CertificateFacts::from_pem(text.as_bytes()).ok()?;
    let addresses = facts.addresses().iter().map(ToString::to_string);
    Some(CertificateView {
        names: facts.names().iter().cloned().chain(addresses).collect(),
        fingerprint: fingerprint_of(text)?,
        from: facts.not_before(),
        until: facts.not_after(),
        is_uploaded,
        is_public: is_vouched_for(text.as_bytes(), roots),
    })
}

fn roots() -> Vec<Vec<u8>> {
    let all = rustls_native_certs::load_native_certs().certs.into_iter();
    all.map(|der| der.to_vec()).collect()
}

/// Whether those behind the first certificate vouch for it. One that stands alone is judged by devices.
fn has_whole_chain(pem: &str) -> bool {
    let begins: Vec<usize> = pem.match_indices(BEGIN).map(|(at, _)| at).collect();
    let Some(second) = begins.get(1) else {
        return true;
    };
    let behind = &pem[*second..];
    let blocks: HashSet<&str> = behind.split(BEGIN).map(str::trim).collect();
    let Ok(issuers) = authorities(behind.as_bytes()) else {
        return false;
    };
    // Twice the same is no chain.
    blocks.len() == begins.len() && is_vouched_for(pem.as_bytes(), &issuers)
}

fn of_identity(error: &IdentityError) -> CertificateFault {
    let is_of_key = matches!(
        error,
        IdentityError::KeyEncrypted
            | IdentityError::NoKey(_)
            | IdentityError::Key(_)
            | IdentityError::Mismatch
    );
    let say = |language| Words::new(language).identity_error(error);
    wrong(
        if is_of_key { "key" } else { "certificate" },
        "unusable",
        &say(Language::Vietnamese),
        &say(Language::English),
    )
}

fn wrong(field: &'static str, code: &'static str, vi: &str, en: &str) -> CertificateFault {
    CertificateFault::Field {
        field,
        code,
        vi: vi.to_owned(),
        en: en.to_owned(),
    }
}

fn failed(error: &dyn std::error::Error) -> CertificateFault {
    tracing::error!(error = %chain(error), "a certificate cannot be written");
    CertificateFault::Disk
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

    fn authority() -> (String, Issuer<'static, KeyPair>) {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        (pem, Issuer::new(params, key))
    }

    #[test]
    fn a_chain_is_of_those_who_issued_the_first() {
        let ((root, issuer), (other, _)) = (authority(), authority());
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["dns.truong.vn".to_owned()]).unwrap();
        let own = params.signed_by(&key, &issuer).unwrap().pem();
        assert!(has_whole_chain(&own));
        assert!(has_whole_chain(&format!("{own}{root}")));
        assert!(!has_whole_chain(&format!("{own}{other}")));
        assert!(!has_whole_chain(&format!("{own}{own}")));
        assert!(!has_whole_chain(&format!("{own}{root}{root}")));
    }

    #[test]
    fn what_is_wrong_is_told_by_field_in_both_languages() {
        let (own, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let params = CertificateParams::new(vec!["a.vn".to_owned()]).unwrap();
        let pem = params.self_signed(&own).unwrap().pem();
        for (certificate, key, expected) in [
            ("x", own.serialize_pem(), "certificate"),
            (&*pem, other.serialize_pem(), "key"),
            (&*pem, "x".to_owned(), "key"),
        ] {
            let error = Identity::from_pem(certificate.as_bytes(), key.as_bytes())
                .err()
                .unwrap();
            let CertificateFault::Field { field, vi, en, .. } = of_identity(&error) else {
                panic!("{error}");
            };
            assert_eq!(field, expected);
            assert!(vi != en && !vi.is_empty(), "{vi}");
        }
    }
}
