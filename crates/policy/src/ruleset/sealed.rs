//! Sealed entries: names that may stand nowhere as text.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

/// The digest a sealed entry is stored as: SipHash-2-4 with 128 bits of output, keyed by the
/// bundle, over the name's normal form. It cannot be read back, only asked for.
#[must_use]
pub fn sealed_digest(key: &[u8; 16], wire: &[u8]) -> u128 {
    let mut hasher = SipHasher24::new_with_key(key);
    hasher.write(wire);
    hasher.finish128().as_u128()
}
