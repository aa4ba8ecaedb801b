//! What box and hub exchange: versioned types, signed requests, and nothing else. Whatever comes to the hub is read
//! strictly: a field that is not known here is refused, and in reports and questions no field could hold who somebody is.

pub mod ask;
pub mod enrol;
pub mod fleet;
pub mod push;
mod schema;
pub mod statistics;
pub mod text;
pub mod tuf;
pub mod upload;

pub use schema::schema;

use serde::Serialize;

/// The version of the types; another one is another path.
pub const WIRE_VERSION: u32 = 1;

/// Canonical JSON, as both sides hash it: the form that signed metadata has.
///
/// # Errors
/// The value cannot be written: a number that is not whole.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    tuf::canonical(&serde_json::to_value(value)?).map_err(serde::ser::Error::custom)
}
