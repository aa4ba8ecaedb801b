//! The firewall as a school gets it: read in files, and taken by a real kernel.

mod golden;
mod kernel;
mod schools;
