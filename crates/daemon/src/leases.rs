//! The lease files of the settings, read whole. What stands in them the resolver's readers know.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use lachan_policy::Mac;
use lachan_resolver::{Leases, MAX_LEASE_BYTES};
use lachan_store::DeviceError;

/// What the files say, and which of them could not be read. Of a file that is too long only the
/// beginning is read.
pub(crate) fn read(files: &[PathBuf]) -> (Leases, Vec<(PathBuf, io::Error)>) {
    let mut leases = Leases::default();
    let mut failures = Vec::new();
    for file in files {
        match bytes_of(file) {
            Ok(bytes) => leases.read(&bytes),
            Err(error) => failures.push((file.clone(), error)),
        }
    }
    (leases, failures)
}

fn bytes_of(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?
        .take(MAX_LEASE_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The one device that calls itself so.
///
/// # Errors
/// [`DeviceError`] when there is none, or more than one.
pub(crate) fn device(leases: &Leases, name: &str) -> Result<Mac, DeviceError> {
    let macs = leases.macs_named(name);
    match macs.as_slice() {
        [mac] => Ok(*mac),
        [] => Err(DeviceError::Unknown(name.to_owned())),
        _ => Err(DeviceError::Several {
            name: name.to_owned(),
            macs,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("dnsmasq.leases");
        let lease = "0 3c:22:fb:0a:b1:9e 10.6.0.9 may-1 *\n0 3c:22:fb:0a:b1:9f 10.6.0.8 may-2 *\n\
                     0 3c:22:fb:0a:b1:00 10.6.0.7 may-2 *\n";
        std::fs::write(&good, lease).unwrap();
        let missing = folder.path().join("missing");
        let (leases, failures) = read(&[missing.clone(), good]);
        assert_eq!(failures.len(), 1);
        assert_eq!(failures[0].0, missing);
        assert_eq!(
            device(&leases, "may-1"),
            Ok(Mac([0x3c, 0x22, 0xfb, 0x0a, 0xb1, 0x9e]))
        );
        let several = device(&leases, "may-2");
        assert!(matches!(several, Err(DeviceError::Several { macs, .. }) if macs.len() == 2));
        assert_eq!(device(&leases, "x"), Err(DeviceError::Unknown("x".into())));
    }
}
