//! `[control]` and `[metrics]` of `v1`: what looks after the running filter.

use std::net::SocketAddr;

use super::absolute;
use super::resolver::listen_address;
use crate::fault::{Fault, Quoted, Wanted};
use crate::reader::{Field, Section};
use crate::values::control::MAX_SOCKET_PATH;
use crate::values::{Access, Control, Metrics, Paths, Reach};

/// What switches a page off.
const OFF: &str = "off";

pub(super) fn control(mut section: Section<'_>, paths: &Paths) -> Control {
    const ACCESS: [(&str, Access); 2] = [("owner", Access::Owner), ("group", Access::Group)];
    let default = Control::below(paths);
    let socket = section.field("socket").and_then(|field| {
        let path = absolute(&field)?;
        if path.as_os_str().len() > MAX_SOCKET_PATH {
            return field.refuse(Fault::TooLong {
                most: MAX_SOCKET_PATH,
            });
        }
        Some(path)
    });
    let access = section.field("access").and_then(|f| f.choice(&ACCESS));
    section.close();
    Control {
        socket: socket.unwrap_or(default.socket),
        access: access.unwrap_or_default(),
    }
}

pub(super) fn metrics(mut section: Section<'_>) -> Metrics {
    const REACH: [(&str, Reach); 2] = [("machine", Reach::Machine), ("network", Reach::Network)];
    let listen = section.field("listen");
    let reach = section.field("reach").and_then(|f| f.choice(&REACH));
    section.close();
    let reach = reach.unwrap_or_default();
    Metrics {
        listen: listen.and_then(|field| page(&field, reach)),
        reach,
    }
}

/// The address of a page; `None` where it is off, or wrong and noted.
fn page(field: &Field<'_>, reach: Reach) -> Option<SocketAddr> {
    let text = field.text(Wanted::Text)?;
    if text == OFF {
        return None;
    }
    let address = field.parsed(listen_address)?;
    if reach == Reach::Machine && !address.ip().is_loopback() {
        return field.refuse(Fault::OpenToNetwork(Quoted::new(text)));
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr as _;

    #[test]
    fn the_example_port_is_the_one_in_the_template() {
        let port = crate::values::metrics::EXAMPLE_PORT;
        let example = SocketAddr::from_str(&format!("127.0.0.1:{port}")).unwrap();
        assert!(crate::TEMPLATE.contains(&example.to_string()));
    }
}
