//! The store as the daemon and the command line use it.
//!
//! `cfg(test)` tells the lints that helpers in these modules are tests too.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod bypasses;
#[cfg(test)]
mod cost;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod events;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod people;
#[cfg(test)]
mod power;
#[cfg(test)]
mod pupils;
#[cfg(test)]
mod support;
#[cfg(test)]
mod time;
#[cfg(test)]
mod watch;
