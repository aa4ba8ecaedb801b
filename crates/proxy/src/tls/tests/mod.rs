//! The server over loopback: clients of every tier, servers on addresses of their own. A tier is told
//! by the client's address, `127.0.1.x` to `127.0.5.x`; servers live on `127.9.x.x`.

mod names;
mod others;
mod relays;
mod support;
mod tunnels;
