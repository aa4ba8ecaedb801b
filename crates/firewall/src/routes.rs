//! The machine's routes that keep what is diverted here: a packet with our mark finds in a table of
//! its own that every address is this machine's (Documentation/networking/tproxy.rst of the kernel).
//!
//! ```text
//!  ip rule add pref P fwmark MARK lookup TABLE       for IPv4 and for IPv6
//!  ip route add local default dev lo table TABLE
//! ```
//!
//! What is there is read first and only what lacks is added, so that applying twice is applying once,
//! and what an earlier run with other numbers left is not ours to guess at: numbers do not change.

use std::path::Path;

use serde::Deserialize;

use crate::live::FirewallError;
use crate::program::Program;

/// Where Debian has the program.
const USUAL: &str = "/usr/sbin/ip";
/// Where the kernel lists its IPv6 addresses; not there in a kernel without IPv6.
const IPV6: &str = "/proc/net/if_inet6";

/// The rule and the table of routes for one mark.
#[derive(Debug, Clone)]
pub struct Routes {
    program: Program,
    mark: u32,
    table: u32,
}

/// A rule as `ip -j rule` tells it.
#[derive(Debug, Deserialize)]
struct Rule {
    priority: u32,
    #[serde(default)]
    fwmark: String,
    #[serde(default)]
    table: String,
}

/// A route as `ip -j route` tells it.
#[derive(Debug, Deserialize)]
struct Route {
    #[serde(rename = "type", default)]
    kind: String,
    dst: String,
    #[serde(default)]
    dev: String,
}

impl Routes {
    /// The routes for a mark, in a table of this number, which is also the rule's preference.
    #[must_use]
    pub fn new(mark: u32, table: u32) -> Self {
        Self {
            program: ip(),
            mark,
            table,
        }
    }

    /// Has them there, for every family the machine has, and reads them back. Whether any was
    /// missing.
    ///
    /// # Errors
    /// [`FirewallError`].
    pub fn apply(&self) -> Result<bool, FirewallError> {
        let mut was_missing = false;
        for family in families() {
            if self.are_there(family)? {
                continue;
            }
            was_missing = true;
            self.remove_of(family)?;
            let [mark, table] = self.numbers();
            let rule = [
                "rule", "add", "pref", &table, "fwmark", &mark, "lookup", &table,
            ];
            self.change(family, &rule)?;
            let route = [
                "route", "replace", "local", "default", "dev", "lo", "table", &table,
            ];
            self.change(family, &route)?;
            if !self.are_there(family)? {
                let what = format!("ip {family} rule, table {table}: not there afterwards");
                return Err(FirewallError::Refused(what));
            }
        }
        Ok(was_missing)
    }

    /// Whether they are there, for every family the machine has.
    ///
    /// # Errors
    /// [`FirewallError`].
    pub fn standing(&self) -> Result<bool, FirewallError> {
        for family in families() {
            if !self.are_there(family)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes them away. Where there are none, there are none afterwards, too.
    ///
    /// # Errors
    /// [`FirewallError`].
    pub fn remove(&self) -> Result<(), FirewallError> {
        families()
            .into_iter()
            .try_for_each(|family| self.remove_of(family))
    }

    fn are_there(&self, family: &str) -> Result<bool, FirewallError> {
        let rules = self.rules(family)?;
        let [rule] = rules.as_slice() else {
            return Ok(false);
        };
        let routes = self.routes(family)?;
        let all_here =
            |route: &Route| route.kind == "local" && route.dst == "default" && route.dev == "lo";
        Ok(rule.priority == self.table && routes.len() == 1 && routes.iter().all(all_here))
    }

    /// The rules of our mark that lead to our table.
    fn rules(&self, family: &str) -> Result<Vec<Rule>, FirewallError> {
        let text = self.run(family, &["-j", "rule", "show"])?;
        let rules: Vec<Rule> = serde_json::from_str(&text).map_err(FirewallError::Unreadable)?;
        let [_, table] = self.numbers();
        let mark = format!("{:#x}", self.mark);
        let ours = |rule: &Rule| rule.fwmark == mark && rule.table == table;
        Ok(rules.into_iter().filter(ours).collect())
    }

    fn routes(&self, family: &str) -> Result<Vec<Route>, FirewallError> {
        let [_, table] = self.numbers();
        match self.run(family, &["-j", "route", "show", "table", &table]) {
            Ok(text) if text.trim().is_empty() => Ok(Vec::new()),
            Ok(text) => serde_json::from_str(&text).map_err(FirewallError::Unreadable),
            Err(FirewallError::Refused(said)) if is_no_table(&said) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn remove_of(&self, family: &str) -> Result<(), FirewallError> {
        let [mark, table] = self.numbers();
        for rule in self.rules(family)? {
            let priority = rule.priority.to_string();
            let rule = [
                "rule", "del", "pref", &priority, "fwmark", &mark, "lookup", &table,
            ];
            self.change(family, &rule)?;
        }
        if !self.routes(family)?.is_empty() {
            self.change(family, &["route", "flush", "table", &table])?;
        }
        Ok(())
    }

    fn numbers(&self) -> [String; 2] {
        [self.mark, self.table].map(|number| number.to_string())
    }

    fn change(&self, family: &str, arguments: &[&str]) -> Result<(), FirewallError> {
        self.run(family, arguments).map(drop)
    }

    fn run(&self, family: &str, arguments: &[&str]) -> Result<String, FirewallError> {
        let ended = self.program.run(&[&[family], arguments].concat(), "")?;
        if ended.is_success {
            return Ok(ended.out);
        }
        if ended.said.contains("Operation not permitted") {
            return Err(FirewallError::NotAllowed);
        }
        Err(FirewallError::Refused(ended.complaint().to_owned()))
    }
}

/// The `ip` program.
pub(crate) fn ip() -> Program {
    Program::usual(USUAL, "ip")
}

/// How `ip` is told which family.
fn families() -> Vec<&'static str> {
    let has_ipv6 = Path::new(IPV6).exists();
    if has_ipv6 {
        vec!["-4", "-6"]
    } else {
        vec!["-4"]
    }
}

/// Whether `ip` says that there is no such table of routes.
fn is_no_table(said: &str) -> bool {
    said.contains("FIB table does not exist")
}
