//! Files that come from the ceremony: root, targets, firmware, approval. They are verified as a box
//! would before they lie in the folder, so that a slip of the ceremony never leaves the hub.

use lachan_wire::tuf::{KeyRole, Metadata, Root, Signed, Targets};

use super::files::{Files, RepositoryError, parse};

/// Roles below targets whose keys are offline.
pub(super) const OFFLINE: [&str; 2] = ["firmware", "approval"];

impl Files {
    /// The newest root; its chain was verified when each was installed.
    pub(super) fn root(&self) -> Result<Signed<Root>, RepositoryError> {
        let newest = self.newest("root").ok_or_else(|| missing("root"))?;
        self.parsed(&format!("metadata/{newest}.root.json"))?
            .ok_or_else(|| missing("root"))
    }

    /// The newest version of a role that lies in the folder under its version.
    pub(super) fn newest(&self, role: &str) -> Option<u64> {
        let names = self.names("metadata");
        let version = |name: &String| {
            name.strip_suffix(&format!(".{role}.json"))?
                .parse::<u64>()
                .ok()
        };
        names.iter().filter_map(version).max()
    }

    /// Takes a root: the first as it is, every other as the next of the one before.
    pub(super) fn install_root(&self, bytes: &[u8]) -> Result<u64, RepositoryError> {
        let file = "root.json".to_owned();
        let new: Signed<Root> = parse(&file, bytes)?;
        let found = new.content.version();
        let wrong = |source| RepositoryError::Threshold {
            file: file.clone(),
            source,
        };
        new.check(&new.content.keys, &new.content.roles.root)
            .map_err(wrong)?;
        if let Some(newest) = self.newest("root") {
            let old = self.root()?;
            if found != newest + 1 {
                return Err(RepositoryError::Version {
                    file,
                    expected: newest + 1,
                    found,
                });
            }
            new.check(&old.content.keys, &old.content.roles.root)
                .map_err(wrong)?;
        }
        self.write(&format!("metadata/{found}.root.json"), bytes)?;
        Ok(found)
    }

    /// Takes targets, firmware or approval.
    pub(super) fn install_targets(&self, role: &str, bytes: &[u8]) -> Result<u64, RepositoryError> {
        let file = format!("{role}.json");
        let new: Signed<Targets> = parse(&file, bytes)?;
        let found = new.content.version();
        let wrong = |source| RepositoryError::Threshold {
            file: file.clone(),
            source,
        };
        if role == "targets" {
            let root = self.root()?.content;
            new.check(&root.keys, &root.roles.targets).map_err(wrong)?;
        } else {
            let (keys, signers) = self.signers(role)?;
            new.check(&keys, &signers).map_err(wrong)?;
        }
        if let Some(newest) = self.newest(role).filter(|newest| found <= *newest) {
            return Err(RepositoryError::Version {
                file,
                expected: newest + 1,
                found,
            });
        }
        self.write(&format!("metadata/{found}.{role}.json"), bytes)?;
        Ok(found)
    }

    /// The newest top-level targets.
    pub(super) fn targets(&self) -> Result<Signed<Targets>, RepositoryError> {
        let newest = self.newest("targets").ok_or_else(|| missing("targets"))?;
        self.parsed(&format!("metadata/{newest}.targets.json"))?
            .ok_or_else(|| missing("targets"))
    }

    /// Keys of a role below targets.
    pub(super) fn signers(
        &self,
        role: &str,
    ) -> Result<
        (
            std::collections::BTreeMap<String, lachan_wire::tuf::Key>,
            KeyRole,
        ),
        RepositoryError,
    > {
        let targets = self.targets()?.content;
        let delegations = targets.delegations.ok_or_else(|| missing("targets"))?;
        let signers = delegations
            .role(role)
            .map(|role| KeyRole::from(&role.signers));
        Ok((delegations.keys, signers.ok_or_else(|| missing(role))?))
    }
}

pub(super) fn missing(role: &str) -> RepositoryError {
    RepositoryError::Offline {
        role: role.to_owned(),
    }
}
