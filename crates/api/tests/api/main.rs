//! The web as browsers use it: the whole router over a real database, with stand-ins for the box.
//!
//! `cfg(test)` tells the lints that helpers in these modules are tests too.

#[cfg(test)]
mod access;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod blocks;
#[cfg(test)]
mod document;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod live;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod people;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod support;
