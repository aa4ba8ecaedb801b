//! The box's side of joining: a code off the set-up card, a key that never leaves the box, a request, and what the hub's
//! answer makes it a member of. Pure: whoever calls sends the bytes and keeps what comes out.

use data_encoding::BASE64;
use lachan_wire::enrol::{EnrolAnswer, EnrolCode, EnrolError, EnrolRequest, MAX_ANSWER};
use lachan_wire::text::ProgramVersion;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

use crate::http::Pin;

/// What the QR code of the card begins with.
const SCHEME: &str = "lachan-hub://";
/// Bytes of a nonce.
const NONCE: usize = 16;

/// Why a box does not join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// What was typed or read is no code.
    #[error("this is no code: it has 20 letters and digits in five groups of four")]
    Code,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// The program's own version is written in an unknown way.
    #[error("the version of this program cannot be told to the hub")]
    Version,
    /// The request cannot be made.
    #[error("the request cannot be made")]
    Request(#[source] EnrolError),
    /// The answer is longer than any hub's.
    #[error("the hub's answer is too long")]
    TooLong,
    /// The answer cannot be read.
    #[error("the hub's answer cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// The answer does not prove that it comes from the hub which made the code.
    #[error("the answer does not come from the hub that made this code")]
    Stranger(#[source] EnrolError),
    /// A key in it is none.
    #[error("a key in the hub's answer cannot be read")]
    Pin,
    /// The root of trust in it is no base64.
    #[error("the root of trust in the hub's answer cannot be read")]
    Root,
}

/// What a card's QR code holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The hub's host name.
    pub host: String,
    /// The code.
    pub code: EnrolCode,
}

/// Reads what a camera saw.
///
/// # Errors
/// [`JoinError::Code`].
pub fn read_card(text: &str) -> Result<Card, JoinError> {
    let rest = text.trim().strip_prefix(SCHEME).ok_or(JoinError::Code)?;
    let (host, code) = rest.split_once('/').ok_or(JoinError::Code)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    if !(1..=260).contains(&host.len()) || !host.bytes().all(is_plain) {
        return Err(JoinError::Code);
    }
    Ok(Card {
        host: host.to_ascii_lowercase(),
        code: EnrolCode::typed(code).ok_or(JoinError::Code)?,
    })
}

/// A box that asks to join.
#[derive(Debug)]
pub struct Joining {
    code: EnrolCode,
    request: EnrolRequest,
    key: Zeroizing<Vec<u8>>,
}

/// What a box is a member of.
#[derive(Debug)]
pub struct Membership {
    /// The box's id.
    pub box_id: String,
    /// The school's id at the hub.
    pub school: String,
    /// The school's name there.
    pub school_name: String,
    /// What the hub is called.
    pub hub: String,
    /// The root metadata that it trusts from now on, its very bytes.
    pub root: Vec<u8>,
    /// Where what is published lies.
    pub repository: String,
    /// The hub's keys: what [`Trust::Public`](crate::http::Trust::Public) believes from now on beside public authorities.
    pub pins: Vec<Pin>,
    /// Its Ed25519 key (PKCS#8), to be kept where only the box reads it.
    pub key: Zeroizing<Vec<u8>>,
}

impl Joining {
    /// Makes a key and the request that proves it by a code.
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn begin(code: EnrolCode, program: &str) -> Result<Self, JoinError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
        let document = document.map_err(|_| JoinError::Random)?;
        let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_| JoinError::Random)?;
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| JoinError::Random)?;
        let program =
            ProgramVersion::try_from(program.to_owned()).map_err(|_| JoinError::Version)?;
        let public = key.public_key().as_ref();
        let request = EnrolRequest::new(&code, public, &nonce, program);
        Ok(Self {
            request: request.map_err(JoinError::Request)?,
            code,
            key: Zeroizing::new(document.as_ref().to_vec()),
        })
    }

    /// The body of the request. One that got no answer is sent again as it is.
    ///
    /// # Errors
    /// [`JoinError::Request`].
    pub fn body(&self) -> Result<Vec<u8>, JoinError> {
        serde_json::to_vec(&self.request).map_err(|error| JoinError::Request(error.into()))
    }

    /// Takes the hub's answer, if it proves itself.
    ///
    /// # Errors
    /// [`JoinError`]; the key is gone then, and the box begins anew.
    pub fn finish(self, answer: &[u8]) -> Result<Membership, JoinError> {
        if answer.len() > MAX_ANSWER {
            return Err(JoinError::TooLong);
        }
        let answer: EnrolAnswer = serde_json::from_slice(answer).map_err(JoinError::Unreadable)?;
        answer
            .check(&self.request, &self.code)
            .map_err(JoinError::Stranger)?;
        let root = BASE64
            .decode(answer.root.as_bytes())
            .map_err(|_| JoinError::Root)?;
        let pins = answer.pins.iter().map(|pin| Pin::try_from(pin.bytes()));
        let pins = pins.collect::<Result<Vec<_>, _>>();
        let pins = pins.map_err(|_| JoinError::Pin)?;
        Ok(Membership {
            box_id: answer.box_id.into(),
            school: answer.school.id.into(),
            school_name: answer.school.name,
            hub: answer.hub,
            root,
            repository: answer.repository,
            pins,
            key: self.key,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_wire::WIRE_VERSION;
    use lachan_wire::enrol::School;
    use lachan_wire::text::{Bytes64, Id};

    const ID: &str = "01a20606-35c0-7fff-bfff-ffffffffffff";

    /// What a hub that knows this code answers.
    fn answer(body: &[u8], code: &EnrolCode) -> EnrolAnswer {
        let request: EnrolRequest = serde_json::from_slice(body).unwrap();
        request.check(&code.key()).unwrap();
        let id = Id::try_from(ID.to_owned()).unwrap();
        let answer = EnrolAnswer {
            v: WIRE_VERSION,
            school: School {
                id: id.clone(),
                code: "E1".into(),
                name: "Trường Hoa Sen".into(),
            },
            box_id: id,
            hub: "Sở".into(),
            root: BASE64.encode(b"{}"),
            repository: "https://hub/repository/".into(),
            pins: vec![Bytes64::of(&[8; 32])],
            mac: Bytes64::of(&[0]),
        };
        answer.signed(&request, &code.key()).unwrap()
    }

    #[test]
    fn a_box_joins_the_hub_that_made_its_code_and_no_other() {
        let code = EnrolCode::new([3; 20]);
        let joining = Joining::begin(code.clone(), "0.1.0").unwrap();
        let told = answer(&joining.body().unwrap(), &code);
        let member = joining.finish(&serde_json::to_vec(&told).unwrap()).unwrap();
        assert_eq!(
            (member.box_id.as_str(), member.root.as_slice()),
            (ID, &b"{}"[..])
        );
        assert_eq!(member.pins, [[8; 32]]);
        assert!(Ed25519KeyPair::from_pkcs8(&member.key).is_ok());
        // The same answer to another box, and one that was changed.
        let other = Joining::begin(code.clone(), "0.1.0").unwrap();
        let stranger = other.finish(&serde_json::to_vec(&told).unwrap());
        assert!(matches!(stranger, Err(JoinError::Stranger(_))));
        let third = Joining::begin(code.clone(), "0.1.0").unwrap();
        let mut changed = answer(&third.body().unwrap(), &code);
        changed.repository = "https://evil/".into();
        let changed = third.finish(&serde_json::to_vec(&changed).unwrap());
        assert!(matches!(changed, Err(JoinError::Stranger(_))));
    }

    #[test]
    fn rubbish_is_no_answer() {
        for rubbish in [&b""[..], b"{}", b"\xff", &vec![b' '; MAX_ANSWER + 1]] {
            let joining = Joining::begin(EnrolCode::new([3; 20]), "0.1.0").unwrap();
            assert!(joining.finish(rubbish).is_err());
        }
    }

    #[test]
    fn a_card_is_read() {
        let code = EnrolCode::new([3; 20]);
        let card = read_card(&format!(
            "lachan-hub://Hub.example.edu.vn/{}",
            code.to_text()
        ));
        let card = card.unwrap();
        assert_eq!(
            (card.host.as_str(), card.code),
            ("hub.example.edu.vn", code)
        );
        for bad in [
            "",
            "https://hub/3333",
            "lachan-hub:///3333",
            "lachan-hub://a b/3333-3333-3333-3333-3333",
        ] {
            assert!(read_card(bad).is_err(), "{bad}");
        }
    }
}
