//! Which ciphers are preferred: most Raspberry Pis have no AES instructions, and do ChaCha20 several
//! times as fast (`reference/proxy.md`, 4.10).

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{CipherSuite, SupportedCipherSuite};

/// The algorithms, the fastest here first; and whether that order is to count for more than the
/// client's.
pub(super) fn provider() -> (Arc<CryptoProvider>, bool) {
    let is_fast = has_aes();
    let mut provider = ring::default_provider();
    if !is_fast {
        // Stable, so that the rest keeps its order.
        provider
            .cipher_suites
            .sort_by_key(|suite| !is_chacha(suite));
    }
    (Arc::new(provider), !is_fast)
}

fn is_chacha(suite: &SupportedCipherSuite) -> bool {
    matches!(
        suite.suite(),
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
    )
}

#[cfg(target_arch = "x86_64")]
fn has_aes() -> bool {
    std::arch::is_x86_feature_detected!("aes")
}

#[cfg(target_arch = "aarch64")]
fn has_aes() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const fn has_aes() -> bool {
    false
}
