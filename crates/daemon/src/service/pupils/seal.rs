//! Encrypts what a child tells, to the counsellor's key, in memory: no file, database or log ever has the plain
//! text. Our own buffers are wiped when this returns. The library frees its buffer unwiped; what it freed is asked
//! for again at once and wiped, which the allocator mostly grants and nobody promises. What the kernel received is
//! the kernel's.

use std::io::Write as _;

use lachan_store::{NotSealed, Sealed};
use serde::Serialize;
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes that the text takes beside story and contact, however they are escaped.
const FRAME: usize = 256;

/// The room that the library keeps what it encrypts in: a chunk of the format age.
const CHUNK: usize = 64 << 10;
/// Rooms of that size that are wiped.
const FREED: usize = 4;

/// What is encrypted. The counsellor's page reads it.
#[derive(Serialize)]
pub(super) struct Told<'t> {
    /// Version of this form.
    pub(super) version: u32,
    /// What happened.
    pub(super) story: &'t str,
    /// How the child may be found; empty for not said.
    pub(super) contact: &'t str,
}

/// Why it could not be encrypted.
#[derive(Debug, thiserror::Error)]
pub(super) enum SealError {
    /// The key that is stored is no age recipient.
    #[error("the counsellor's key cannot be used: {0}")]
    Recipient(&'static str),
    /// The text cannot be written; says nothing of it.
    #[error("the report could not be written")]
    Write,
    /// Encryption failed.
    #[error("the report could not be encrypted")]
    Encrypt,
    /// More than the store takes.
    #[error(transparent)]
    NotSealed(#[from] NotSealed),
}

/// Encrypts a report.
pub(super) fn seal(recipient: &str, told: &Told<'_>) -> Result<Sealed, SealError> {
    let recipient: age::x25519::Recipient = recipient.parse().map_err(SealError::Recipient)?;
    // Room for every character escaped, so that no copy is left behind by growing.
    let room = FRAME + 6 * (told.story.len() + told.contact.len());
    let mut plain = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer(&mut *plain, told).map_err(|_| SealError::Write)?;
    let recipients = std::iter::once(&recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(|_| SealError::Encrypt)?;
    let mut sealed = Vec::new();
    let mut writer = encryptor
        .wrap_output(&mut sealed)
        .map_err(|_| SealError::Encrypt)?;
    writer.write_all(&plain).map_err(|_| SealError::Encrypt)?;
    writer.finish().map_err(|_| SealError::Encrypt)?;
    wipe_freed();
    Ok(Sealed::new(sealed)?)
}

/// Wipes rooms of the size that the library has just freed, and so most likely that very one.
fn wipe_freed() {
    let mut rooms: [Vec<u8>; FREED] = std::array::from_fn(|_| Vec::with_capacity(CHUNK));
    for room in &mut rooms {
        room.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    const TOLD: Told<'_> = Told {
        version: 1,
        story: "Có người dọa em \"tung ảnh\"\n",
        contact: "Lớp 8B",
    };

    #[test]
    fn only_the_counsellor_s_key_opens_a_report() {
        let identity = age::x25519::Identity::generate();
        let sealed = seal(&identity.to_public().to_string(), &TOLD).unwrap();
        let bytes = sealed.as_bytes();
        assert!(!bytes.windows(6).any(|window| window == "dọa".as_bytes()));
        let open = |identity: &age::x25519::Identity| {
            let decryptor = age::Decryptor::new(bytes).unwrap();
            let mut reader = decryptor
                .decrypt(std::iter::once(identity as &dyn age::Identity))
                .ok()?;
            let mut text = String::new();
            reader.read_to_string(&mut text).ok()?;
            Some(text)
        };
        let told: serde_json::Value = serde_json::from_str(&open(&identity).unwrap()).unwrap();
        assert_eq!(told["story"], TOLD.story);
        assert_eq!(told["contact"], "Lớp 8B");
        assert_eq!(open(&age::x25519::Identity::generate()), None);
    }

    #[test]
    fn a_key_that_is_none_takes_nothing() {
        assert!(matches!(
            seal("age1xyz", &TOLD),
            Err(SealError::Recipient(_))
        ));
    }
}
