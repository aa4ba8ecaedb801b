//! Browsers that signed in before. Strangers who guess at an officer's name lock the name, and would lock her out with it for as long
//! as they go on; a browser in which she signed in once has tries of its own. It opens nothing: password and code are asked for
//! as ever, and its own tries end, too.
//!
//! The cookie is a random number and its proof by a key of the hub's, for one name. The key lies in the database, so that every
//! instance knows it; who has the cookie of a browser that was thrown away gains five tries.

use axum::http::HeaderMap;
use data_encoding::HEXLOWER;
use lachan_web::serve::browser::cookie_of;
use ring::hmac;

use crate::id::RandomError;

/// The cookie. `__Host-` holds a browser to this very host, over TLS, and the whole of it.
const COOKIE_NAME: &str = "__Host-lachan-hub-device";
/// How long it holds, in seconds: half a year without a sign-in.
const HOLDS: u32 = 180 * 86_400;
/// What is proved begins with this.
const FORM: &str = "lachan-hub-device-v1";
/// Random bytes of a number.
const NUMBER: usize = 16;

fn proof(key: &[u8], number: &str, name: &str) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, format!("{FORM}\n{number}\n{name}").as_bytes())
}

/// Under what the tries of a browser at a name are counted: by itself where somebody signed in there by that name before.
pub(super) fn counted_as(key: &[u8], headers: &HeaderMap, name: &str) -> String {
    let known = cookie_of(headers, COOKIE_NAME)
        .and_then(|cookie| cookie.split_once('.'))
        .filter(|(number, told)| {
            // Its length bounds what is kept of it.
            let told = HEXLOWER.decode(told.as_bytes()).unwrap_or_default();
            let hmac_key = hmac::Key::new(hmac::HMAC_SHA256, key);
            let message = format!("{FORM}\n{number}\n{name}");
            number.len() == 2 * NUMBER && hmac::verify(&hmac_key, message.as_bytes(), &told).is_ok()
        });
    match known {
        // No name holds a space.
        Some((number, _)) => format!("{name} {number}"),
        None => name.to_owned(),
    }
}

/// The cookie for a browser in which somebody signed in by a name.
pub(super) fn cookie(key: &[u8], name: &str) -> Result<String, RandomError> {
    let number = HEXLOWER.encode(&crate::id::random::<NUMBER>()?);
    let proof = HEXLOWER.encode(proof(key, &number, name).as_ref());
    Ok(format!(
        "{COOKIE_NAME}={number}.{proof}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={HOLDS}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::COOKIE;

    #[test]
    fn a_cookie_is_for_one_name_and_of_this_hub() {
        let made = cookie(&[7; 32], "an").unwrap();
        let kept = made.split(';').next().unwrap();
        let headers = |kept: &str| HeaderMap::from_iter([(COOKIE, kept.parse().unwrap())]);
        assert_ne!(counted_as(&[7; 32], &headers(kept), "an"), "an");
        assert_eq!(counted_as(&[7; 32], &headers(kept), "binh"), "binh");
        assert_eq!(counted_as(&[8; 32], &headers(kept), "an"), "an");
        for bad in [&kept.replace('=', "=0"), &kept[..kept.len() - 2], "x=1"] {
            assert_eq!(counted_as(&[7; 32], &headers(bad), "an"), "an", "{bad}");
        }
    }
}
