//! Passphrases: made for people to write on paper.

use super::BackupError;

/// The fewest characters of one that a person chose.
pub(crate) const MIN_PASSPHRASE: usize = 12;
/// Letters and digits that nobody confuses on paper: 32 of them, five bits each.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
/// Groups of letters, and letters of a group: 120 bits.
const GROUPS: usize = 6;
const GROUP: usize = 4;

/// Makes one that cannot be guessed.
///
/// # Errors
/// [`BackupError::Random`].
pub(crate) fn make() -> Result<String, BackupError> {
    let mut random = [0_u8; GROUPS * GROUP];
    getrandom::fill(&mut random).map_err(BackupError::Random)?;
    let mut text = String::with_capacity(GROUPS * (GROUP + 1));
    for group in random.chunks(GROUP) {
        if !text.is_empty() {
            text.push('-');
        }
        text.extend(
            group
                .iter()
                .map(|byte| char::from(LETTERS[usize::from(byte % 32)])),
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_another_one_and_easy_to_write_down() {
        let (one, other) = (make().unwrap(), make().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), GROUPS * (GROUP + 1) - 1);
        assert!(one.split('-').all(|group| group.len() == GROUP));
        assert!(
            one.bytes()
                .all(|byte| byte == b'-' || LETTERS.contains(&byte))
        );
        let mut sorted = LETTERS.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), LETTERS.len());
    }
}
