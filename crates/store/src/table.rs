//! Groups as a table, as a spreadsheet reads and saves it: `name,tier,subnets,macs,interfaces`.
//!
//! A header is optional and names the columns behind name and tier; without one they hold subnets.
//! `;` may stand for `,` (what Excel writes in a Vietnamese locale), entries of a field are parted
//! by spaces or `;`, fields may be quoted (RFC 4180). A column `devices` holds names that devices
//! gave themselves; they are turned into hardware addresses while the table is read. Every mistake
//! is told with its line.

use std::collections::{BTreeMap, HashMap};

use lachan_policy::{
    BadInterface, BadMac, Group, InterfaceName, Mac, Selector, Subnet, SubnetError, Tier,
    UnknownTier,
};

use crate::groups::{GroupNameError, check_group_name, name_key};
use crate::import::ImportError;

/// Largest table read: 1 MiB.
pub const MAX_IMPORT_BYTES: usize = 1 << 20;

/// One mistake in a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {mistake}")]
pub struct LineMistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub mistake: Mistake,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// Not UTF-8.
    #[error("not UTF-8; save the table as \"CSV UTF-8\"")]
    Encoding,
    /// A quote that does not close.
    #[error("a quoted field does not end")]
    Quote,
    /// Too few fields.
    #[error("a line needs a name and a tier: name,tier,subnets")]
    Fields,
    /// The name.
    #[error(transparent)]
    Name(#[from] GroupNameError),
    /// The tier.
    #[error(transparent)]
    Tier(#[from] UnknownTier),
    /// A subnet.
    #[error(transparent)]
    Subnet(#[from] SubnetError),
    /// A hardware address.
    #[error(transparent)]
    Mac(#[from] BadMac),
    /// A hardware address that is no single device's.
    #[error("{0} is the address of no single device; write the device's own")]
    Many(Mac),
    /// An interface.
    #[error(transparent)]
    Interface(#[from] BadInterface),
    /// A device's name.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The name stands on another line.
    #[error("the group {name:?} already stands on line {first}")]
    Twice {
        /// The name.
        name: String,
        /// The line it stands on first.
        first: usize,
    },
    /// The device or devices stand on another line.
    #[error("{selector} already belongs to {name:?} of line {first}")]
    Claimed {
        /// What both claim.
        selector: Selector,
        /// The group that has it.
        name: String,
        /// That group's line.
        first: usize,
    },
}

/// Why a device's name gives no hardware address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No lease has the name.
    #[error(
        "no device called {0:?} has an address from DHCP now; write its MAC, or name the DHCP server's file in resolver.lease-files"
    )]
    Unknown(String),
    /// Several devices have it.
    #[error("{} devices call themselves {name:?} ({}); write the MAC of the one you mean", .macs.len(), list(.macs))]
    Several {
        /// The name.
        name: String,
        /// The devices.
        macs: Vec<Mac>,
    },
}

/// Addresses in one line.
fn list(macs: &[Mac]) -> String {
    let texts = macs.iter().map(ToString::to_string);
    texts.collect::<Vec<_>>().join(", ")
}

/// One line of a table, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLine {
    /// Its number, from 1.
    pub line: usize,
    /// The group's name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// Its subnets; `None` when the table has no column for them. The same below.
    pub subnets: Option<Vec<Subnet>>,
    /// Its devices, those that the table names by name among them.
    pub macs: Option<Vec<Mac>>,
    /// Its interfaces.
    pub interfaces: Option<Vec<InterfaceName>>,
}

/// Reads a table of groups without storing it.
///
/// # Errors
/// [`ImportError::TooLarge`], [`ImportError::Empty`], or all mistakes in [`ImportError::Lines`].
pub fn read_groups(
    table: &[u8],
    devices: &dyn Fn(&str) -> Result<Mac, DeviceError>,
) -> Result<Vec<GroupLine>, ImportError> {
    if table.len() > MAX_IMPORT_BYTES {
        return Err(ImportError::TooLarge(table.len()));
    }
    let mut reading = Reading::new(devices);
    let table = table.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(table);
    let mut delimiter = None;
    let mut is_first = true;
    for (line, bytes) in (1..).zip(table.split(|byte| *byte == b'\n')) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            reading.mistake(line, Mistake::Encoding);
            continue;
        };
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let delimiter =
            *delimiter.get_or_insert_with(|| if text.contains(',') { ',' } else { ';' });
        let fields = fields(text, delimiter);
        match fields.as_deref() {
            Some(titles) if is_first && is_header(titles) => reading.columns = columns(titles),
            _ => reading.take(line, fields),
        }
        is_first = false;
    }
    reading.finish()
}

struct Reading<'d> {
    devices: &'d dyn Fn(&str) -> Result<Mac, DeviceError>,
    /// What stands in the columns behind name and tier; those beyond hold what the last one does.
    columns: Vec<Column>,
    groups: Vec<GroupLine>,
    mistakes: Vec<LineMistake>,
    names: HashMap<String, usize>,
    claims: BTreeMap<Selector, usize>,
}

/// A column behind name and tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Subnets,
    Macs,
    Interfaces,
    Devices,
}

impl<'d> Reading<'d> {
    fn new(devices: &'d dyn Fn(&str) -> Result<Mac, DeviceError>) -> Self {
        Self {
            devices,
            columns: vec![Column::Subnets],
            groups: Vec::new(),
            mistakes: Vec::new(),
            names: HashMap::new(),
            claims: BTreeMap::new(),
        }
    }

    fn mistake(&mut self, line: usize, mistake: impl Into<Mistake>) {
        self.mistakes.push(LineMistake {
            line,
            mistake: mistake.into(),
        });
    }

    /// Takes one line: every mistake in it is told, not only the first.
    fn take(&mut self, line: usize, fields: Option<Vec<String>>) {
        let Some(fields) = fields else {
            return self.mistake(line, Mistake::Quote);
        };
        let [name, tier, selectors @ ..] = fields.as_slice() else {
            return self.mistake(line, Mistake::Fields);
        };
        self.check_name(line, name);
        let tier = tier
            .parse::<Tier>()
            .map_err(|error| self.mistake(line, error));
        let mut group = self.empty(line, name, tier.unwrap_or(Tier::Staff));
        for (place, field) in selectors.iter().enumerate() {
            let column = self.columns.get(place).or_else(|| self.columns.last());
            let column = column.copied().unwrap_or(Column::Subnets);
            let texts = field.split([' ', ';', ',', '\t']);
            for text in texts.filter(|text| !text.is_empty()) {
                if let Err(mistake) = self.selector(line, column, text, &mut group) {
                    self.mistake(line, mistake);
                }
            }
        }
        if tier.is_ok() {
            self.groups.push(group);
        }
    }

    /// A line with the columns the table has.
    fn empty(&self, line: usize, name: &str, tier: Tier) -> GroupLine {
        let has = |wanted: &[Column]| self.columns.iter().any(|column| wanted.contains(column));
        GroupLine {
            line,
            name: name.to_owned(),
            tier,
            subnets: has(&[Column::Subnets]).then(Vec::new),
            macs: has(&[Column::Macs, Column::Devices]).then(Vec::new),
            interfaces: has(&[Column::Interfaces]).then(Vec::new),
        }
    }

    /// Takes one entry of a field into its group.
    fn selector(
        &mut self,
        line: usize,
        column: Column,
        text: &str,
        group: &mut GroupLine,
    ) -> Result<(), Mistake> {
        match column {
            Column::Subnets => {
                let subnet: Subnet = text.parse()?;
                self.claim(line, Selector::Subnet(subnet));
                group.subnets.get_or_insert_default().push(subnet);
            }
            Column::Interfaces => {
                let name: InterfaceName = text.parse()?;
                self.claim(line, Selector::Interface(name.clone()));
                group.interfaces.get_or_insert_default().push(name);
            }
            Column::Macs => self.device(line, text.parse()?, group)?,
            Column::Devices => self.device(line, (self.devices)(text)?, group)?,
        }
        Ok(())
    }

    fn device(&mut self, line: usize, mac: Mac, group: &mut GroupLine) -> Result<(), Mistake> {
        if !mac.is_of_one_device() {
            return Err(Mistake::Many(mac));
        }
        self.claim(line, Selector::Mac(mac));
        group.macs.get_or_insert_default().push(mac);
        Ok(())
    }

    fn check_name(&mut self, line: usize, name: &str) {
        if let Err(error) = check_group_name(name) {
            return self.mistake(line, error);
        }
        let first = *self.names.entry(name_key(name)).or_insert(line);
        if first != line {
            self.mistake(
                line,
                Mistake::Twice {
                    name: name.to_owned(),
                    first,
                },
            );
        }
    }

    fn claim(&mut self, line: usize, selector: Selector) {
        let first = *self.claims.entry(selector.clone()).or_insert(line);
        if first != line {
            let holder = self.groups.iter().find(|group| group.line == first);
            let name = holder.map_or_else(String::new, |group| group.name.clone());
            self.mistake(
                line,
                Mistake::Claimed {
                    selector,
                    name,
                    first,
                },
            );
        }
    }

    fn finish(self) -> Result<Vec<GroupLine>, ImportError> {
        if !self.mistakes.is_empty() {
            return Err(ImportError::Lines(self.mistakes));
        }
        if self.groups.is_empty() {
            Err(ImportError::Empty)
        } else {
            Ok(self.groups)
        }
    }
}

/// Whether the first line names the columns.
fn is_header(titles: &[String]) -> bool {
    let [_, second, ..] = titles else {
        return false;
    };
    ["tier", "cấp", "cap", "cấp học"].contains(&second.to_lowercase().as_str())
}

/// What the columns behind name and tier hold. One of a title that is not known holds subnets, as
/// every one did before there was anything else.
fn columns(titles: &[String]) -> Vec<Column> {
    let column = |title: &String| match title.to_lowercase().as_str() {
        "macs" | "mac" | "địa chỉ mac" => Column::Macs,
        "interfaces" | "interface" | "vlan" | "vlans" | "cổng mạng" => Column::Interfaces,
        "devices" | "device" | "thiết bị" | "tên máy" => Column::Devices,
        _ => Column::Subnets,
    };
    let columns: Vec<Column> = titles.iter().skip(2).map(column).collect();
    if columns.is_empty() {
        vec![Column::Subnets]
    } else {
        columns
    }
}

/// The fields of a line, without the spaces around them; `None` when a quote does not close.
fn fields(text: &str, delimiter: char) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let field = fields.last_mut()?;
        if quoted && character == '"' && characters.peek() == Some(&'"') {
            characters.next();
            field.push('"');
        } else if character == '"' && (quoted || field.trim().is_empty()) {
            quoted = !quoted;
        } else if character == delimiter && !quoted {
            fields.push(String::new());
        } else {
            field.push(character);
        }
    }
    let trimmed = || fields.iter().map(|field| field.trim().to_owned()).collect();
    (!quoted).then(trimmed)
}

/// Writes groups as a table that [`read_groups`] reads. Weeks, modes, cells and tokens are no part
/// of it.
#[must_use]
pub fn write_groups(groups: &[Group]) -> String {
    let mut table = String::from("name,tier,subnets,macs,interfaces\n");
    for group in groups {
        let name = group.name.replace('"', "\"\"");
        let fields = [
            format!("\"{name}\""),
            group.tier.id().to_owned(),
            joined(&group.subnets),
            joined(&group.macs),
            joined(&group.interfaces),
        ];
        table.push_str(&fields.join(","));
        table.push('\n');
    }
    table
}

fn joined<T: ToString>(all: &[T]) -> String {
    let texts = all.iter().map(ToString::to_string);
    texts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One device is known by name, and two call themselves the same.
    fn devices(name: &str) -> Result<Mac, DeviceError> {
        match name {
            "may-1" => Ok("3c:22:fb:0a:b1:9e".parse().unwrap()),
            "may-2" => Err(DeviceError::Several {
                name: name.to_owned(),
                macs: vec![Mac([2; 6]), Mac([4; 6])],
            }),
            _ => Err(DeviceError::Unknown(name.to_owned())),
        }
    }

    fn summary(table: &[u8]) -> Vec<String> {
        match read_groups(table, &devices) {
            Ok(groups) => groups
                .iter()
                .map(|group| {
                    let subnets = group.subnets.iter().flatten().map(ToString::to_string);
                    let macs = group.macs.iter().flatten().map(ToString::to_string);
                    let wires = group.interfaces.iter().flatten().map(ToString::to_string);
                    let all = subnets.chain(macs).chain(wires);
                    let all = all.map(|text| format!(" {text}")).collect::<String>();
                    format!("{} {}{all}", group.name, group.tier)
                })
                .collect(),
            Err(ImportError::Lines(mistakes)) => mistakes.iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.to_string()],
        }
    }

    fn check(table: &str, expected: &[&str]) {
        assert_eq!(summary(table.as_bytes()), expected, "{table:?}");
    }

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it() {
        let expected = ["6A thcs 10.0.0.0/24 fd00::/64", "GV staff"];
        check("6A,thcs,10.0.0.0/24 fd00::/64\nGV,staff,\n", &expected);
        check("6A,thcs,10.0.0.0/24;fd00::/64\nGV,staff", &expected);
        check("6A,thcs,10.0.0.0/24,fd00::/64\nGV,staff", &expected);
        check("6A;thcs;10.0.0.0/24;fd00::/64\r\nGV;staff;\r\n", &expected);
        check(
            "\u{FEFF}name,tier,subnets\r\n6A,thcs,10.0.0.0/24 fd00::/64\r\n\r\nGV,staff",
            &expected,
        );
        check(
            "# groups\ntên;Cấp;mạng\n6A;thcs;\"10.0.0.0/24 fd00::/64\"\nGV;staff",
            &expected,
        );
        check(
            " \"6A\" , thcs ,\"10.0.0.0/24, fd00::/64\"\nGV,staff",
            &expected,
        );
        check("\"Lớp \"\"A\"\", B\",thpt,", &["Lớp \"A\", B thpt"]);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        check(
            "name,tier,subnets\n6A,lop6,10.0.0.0/24\n,thcs,\n6B\n6C,thcs,10.0.0.1/24 x\n\n\
             6D,thcs,10.1.0.0/24\n6d,thcs,10.1.0.0/24\n\"6E,thcs",
            &[
                "line 2: \"lop6\" is no tier; use mam-non, tieu-hoc, thcs, thpt or staff",
                "line 3: the group's name is empty; give it 1 to 64 characters",
                "line 4: a line needs a name and a tier: name,tier,subnets",
                "line 5: 10.0.0.1/24 has bits set after its prefix; did you mean 10.0.0.0/24?",
                "line 5: \"x\" is not an IP address",
                "line 8: the group \"6d\" already stands on line 7",
                "line 8: the subnet 10.1.0.0/24 already belongs to \"6D\" of line 7",
                "line 9: a quoted field does not end",
            ],
        );
        assert_eq!(
            summary(b"6A,thcs\n6\xFF,thcs"),
            ["line 2: not UTF-8; save the table as \"CSV UTF-8\""]
        );
        check(
            "",
            &["the table holds no group; write one a line: name,tier,subnets"],
        );
        check(
            "name,tier,subnets\n",
            &["the table holds no group; write one a line: name,tier,subnets"],
        );
        assert!(matches!(
            read_groups(&vec![b'a'; 2 << 20], &devices),
            Err(ImportError::TooLarge(_))
        ));
    }

    #[test]
    fn the_header_says_what_the_columns_hold() {
        check(
            "name,tier,subnets,macs,interfaces,devices\n\
             6A,thcs,10.0.0.0/24,3C-22-FB-0A-B1-9F da:00:00:00:00:01,eth0.20,may-1\nGV,staff,,,,",
            &[
                "6A thcs 10.0.0.0/24 3c:22:fb:0a:b1:9f da:00:00:00:00:01 3c:22:fb:0a:b1:9e eth0.20",
                "GV staff",
            ],
        );
        check(
            "tên;cấp;thiết bị\n6A;thcs;may-1",
            &["6A thcs 3c:22:fb:0a:b1:9e"],
        );
        check(
            "name,tier,subnets,mac\n\
             6A,thcs,3c:22:fb:0a:b1:9f,10.0.0.0/24\n\
             6B,thcs,,ff:ff:ff:ff:ff:ff",
            &[
                "line 2: \"3c:22:fb:0a:b1:9f\" is not an IP address",
                "line 2: \"10.0.0.0/24\" is not a MAC address; it has six pairs of hexadecimal digits, as in 3c:22:fb:0a:b1:9e",
                "line 3: ff:ff:ff:ff:ff:ff is the address of no single device; write the device's own",
            ],
        );
        check(
            "name,tier,devices,vlan\n6A,thcs,may-1,eth0.20\n6B,thcs,may-1 may-2 x,eth0.20 a/b",
            &[
                "line 3: the device 3c:22:fb:0a:b1:9e already belongs to \"6A\" of line 2",
                "line 3: 2 devices call themselves \"may-2\" (02:02:02:02:02:02, 04:04:04:04:04:04); write the MAC of the one you mean",
                "line 3: no device called \"x\" has an address from DHCP now; write its MAC, or name the DHCP server's file in resolver.lease-files",
                "line 3: the interface eth0.20 already belongs to \"6A\" of line 2",
                "line 3: \"a/b\" is not the name of a network interface; it has 1 to 15 characters without spaces, as in eth0 or br-lan",
            ],
        );
    }

    #[test]
    fn a_column_that_is_not_there_says_nothing() {
        let columns = |table: &str| {
            let lines = read_groups(table.as_bytes(), &devices).unwrap();
            let GroupLine {
                subnets,
                macs,
                interfaces,
                ..
            } = &lines[0];
            (subnets.is_some(), macs.is_some(), interfaces.is_some())
        };
        assert_eq!(columns("6A,thcs"), (true, false, false));
        assert_eq!(columns("name,tier\n6A,thcs"), (true, false, false));
        assert_eq!(columns("name,tier,macs\n6A,thcs,"), (false, true, false));
        assert_eq!(
            columns("name,tier,devices,vlan\n6A,thcs"),
            (false, true, true)
        );
    }

    fn group() -> impl Strategy<Value = Group> {
        let subnets = proptest::collection::vec((any::<u32>(), 0u8..=32), 0..4);
        let macs = proptest::collection::vec(any::<[u8; 5]>(), 0..4);
        let wires = proptest::collection::vec("[a-z0-9.-]{3,15}", 0..3);
        (
            "[^\\p{C}\\s]([^\\p{C}]{0,20}[^\\p{C}\\s])?",
            0usize..5,
            subnets,
            macs,
            wires,
        )
            .prop_map(|(name, tier, subnets, macs, wires)| {
                let mut group = Group::new(lachan_policy::GroupId(0), &name, Tier::ALL[tier]);
                let subnet = |(bits, length): (u32, u8)| {
                    Subnet::around(std::net::Ipv4Addr::from(bits).into(), length)
                };
                group.subnets = subnets.into_iter().map(subnet).collect();
                group.macs = macs
                    .into_iter()
                    .map(|[a, b, c, d, e]| Mac([2, a, b, c, d, e]))
                    .collect();
                group.interfaces = wires.iter().filter_map(|name| name.parse().ok()).collect();
                group
            })
    }

    proptest! {
        #[test]
        fn a_table_that_was_written_is_read_back(group in group()) {
            let table = write_groups(std::slice::from_ref(&group));
            let lines = read_groups(table.as_bytes(), &devices).unwrap();
            let expected = GroupLine {
                line: 2,
                name: group.name,
                tier: group.tier,
                subnets: Some(group.subnets),
                macs: Some(group.macs),
                interfaces: Some(group.interfaces),
            };
            prop_assert_eq!(lines, [expected]);
        }

        #[test]
        fn no_bytes_upset_the_reader(table in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_groups(&table, &devices);
        }

        #[test]
        fn no_text_upsets_the_reader(table in "[a-c\",; \\n\u{FEFF}0-9./:thcs]{0,120}") {
            let _ = read_groups(table.as_bytes(), &devices);
        }

        #[test]
        fn quoted_names_are_read_back(name in "[a-zà-ỹ\",; ]{1,30}") {
            let table = format!("\"{}\",thcs,", name.replace('"', "\"\""));
            match read_groups(table.as_bytes(), &devices) {
                Ok(groups) => prop_assert_eq!(&groups[0].name, name.trim()),
                Err(_) => prop_assert!(name.trim().is_empty()),
            }
        }
    }
}
