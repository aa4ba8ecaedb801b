//! What box and hub exchange: versioned types, signed requests, and nothing else. Whatever comes to the hub is read
//! strictly: a field that is not known here is refused, and in reports and questions no field could hold who somebody is.

pub mod ask;
pub mod enrol;
pub mod fleet;
pub mod push;
mod schema;
pub mod text;
pub mod upload;

pub use schema::schema;

use serde::Serialize;

/// The version of the types; another one is another path.
pub const WIRE_VERSION: u32 = 1;

/// Canonical JSON, as both sides hash it: sorted keys, no space.
///
/// # Errors
/// The value cannot be written: a number that is not whole.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::new();
    let formatter = olpc_cjson::CanonicalFormatter::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    value.serialize(&mut writer)?;
    Ok(bytes)
}
