//! What a person names a group's devices by, as the group holds it, and what should be said of it.

use lachan_config::Config;
use lachan_policy::{Group, InterfaceName, Mac, Subnet};

use crate::cli;
use crate::console::{Console, WARNING, styled};
use crate::fault::Fault;
use crate::leases;
use crate::network;

/// Most entries of a kind that are shown of a group in a line for people.
const SHOWN: usize = 4;

/// What is claimed: names of devices are hardware addresses by now.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims {
    subnets: Vec<Subnet>,
    macs: Vec<Mac>,
    interfaces: Vec<InterfaceName>,
    /// The devices that were named by name.
    named: Vec<(String, Mac)>,
}

impl Claims {
    /// Finds the devices that are named by name.
    ///
    /// A device says its own name, and a pupil may give a phone the name of a teacher's. So a name
    /// is looked up once, while a person looks at it, and what is stored is the MAC.
    ///
    /// # Errors
    /// [`Fault::Device`] when no device has the name now, or several.
    pub(super) fn of(given: cli::Devices, config: &Config) -> Result<Self, Fault> {
        let mut claims = Self {
            subnets: given.subnet,
            macs: given.mac,
            interfaces: given.interface,
            named: Vec::new(),
        };
        if given.device.is_empty() {
            return Ok(claims);
        }
        let (leases, failures) = leases::read(&config.lease_files());
        if let Some((path, source)) = failures.into_iter().next() {
            return Err(Fault::Read { path, source });
        }
        for name in given.device {
            let mac = leases::device(&leases, &name)?;
            claims.macs.push(mac);
            claims.named.push((name, mac));
        }
        Ok(claims)
    }

    /// Takes from a group what is given anew.
    pub(super) fn clear_in(&self, group: &mut Group) {
        if !self.subnets.is_empty() {
            group.subnets.clear();
        }
        if !self.macs.is_empty() {
            group.macs.clear();
        }
        if !self.interfaces.is_empty() {
            group.interfaces.clear();
        }
    }

    /// Whether ranges are among it.
    pub(super) fn has_subnets(&self) -> bool {
        !self.subnets.is_empty()
    }

    /// Gives it to a group.
    pub(super) fn add_to(&self, group: &mut Group) {
        group.subnets.extend(&self.subnets);
        group.macs.extend(&self.macs);
        group.interfaces.extend(self.interfaces.iter().cloned());
    }

    /// Says which device a name is, and what may not work as people think.
    pub(super) fn note(&self, console: &mut Console<'_>) -> Result<(), Fault> {
        let words = console.words;
        for (name, mac) in &self.named {
            console.note(words.device_is(name, &mac.to_string()))?;
        }
        note_random(self.macs.iter().copied(), console)?;
        if self.interfaces.is_empty() {
            return Ok(());
        }
        let Ok(links) = network::links() else {
            return Ok(());
        };
        for name in &self.interfaces {
            if links.number_of(name).is_none() {
                let text = words.interface_not_there(name.as_str());
                console.note(styled(WARNING, text))?;
            }
        }
        Ok(())
    }
}

/// Warns of hardware addresses that a device made up and may change.
pub(super) fn note_random(
    macs: impl Iterator<Item = Mac>,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let random: Vec<Mac> = macs.filter(|mac| mac.is_random()).collect();
    if random.is_empty() {
        return Ok(());
    }
    let all = texts(&random).join(", ");
    let text = console.words.macs_are_random(&all);
    console.note(styled(WARNING, text))
}

/// A group in one line.
pub(super) fn told(group: &Group) -> String {
    let claimed = [
        shortened(texts(&group.subnets)),
        shortened(texts(&group.macs)),
        shortened(texts(&group.interfaces)),
    ];
    let claimed = claimed.into_iter().filter(|text| !text.is_empty());
    let claimed = claimed.collect::<Vec<_>>().join(" ");
    format!("{} ({}) {claimed}", group.name, group.tier)
        .trim_end()
        .to_owned()
}

pub(super) fn texts<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

/// A few of them, and how many more there are.
pub(super) fn shortened(mut texts: Vec<String>) -> String {
    let more = texts.len().saturating_sub(SHOWN);
    // One more takes no more room than to say so.
    if more > 1 {
        texts.truncate(SHOWN);
        texts.push(format!("+{more}"));
    }
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_shortened() {
        let list = |count: usize| shortened((0..count).map(|n| n.to_string()).collect());
        assert_eq!(list(0), "");
        assert_eq!(list(5), "0 1 2 3 4");
        assert_eq!(list(40), "0 1 2 3 +36");
    }
}
