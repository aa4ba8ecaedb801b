//! The list formats from outside: golden files, properties, and the real corpus where it is there.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
