//! Settings of the peers: unbound, dnsmasq, PowerDNS Recursor and dnsdist of Debian.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use super::{Doors, Kind};
use crate::corpus::Corpus;
use crate::secure::PIPELINED;

/// What a peer is set up with.
pub(super) struct Setup<'s> {
    pub(super) address: SocketAddr,
    pub(super) upstream: SocketAddr,
    pub(super) place: &'s Path,
    pub(super) corpus: &'s Corpus,
    pub(super) names: usize,
    pub(super) doors: Option<&'s Doors<'s>>,
}

impl Setup<'_> {
    /// Writes the settings and lists; gives the arguments that make the program use them.
    pub(super) fn arguments(&self, kind: Kind) -> Vec<String> {
        match kind {
            Kind::Unbound => self.unbound(),
            Kind::Dnsmasq => self.dnsmasq(),
            Kind::PdnsRecursor => self.pdns_recursor(),
            Kind::Dnsdist => self.dnsdist(),
            Kind::Reflector | Kind::Lachan => Vec::new(),
        }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.place.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn list(&self, name: &str, before: &str, after: &str) -> String {
        let path = self.place.join(name);
        self.corpus.write(self.names, &path, before, after);
        path.display().to_string()
    }

    fn port(&self) -> u16 {
        self.address.port()
    }

    fn unbound(&self) -> Vec<String> {
        let list = self.list("names.conf", "local-zone: \"", ".\" always_nxdomain");
        let text = format!(
            r#"server:
  verbosity: 0
  num-threads: 1
  interface: 127.0.0.1@{port}
  so-reuseport: yes
  so-rcvbuf: 4m
  module-config: "iterator"
  msg-cache-size: 128m
  rrset-cache-size: 256m
  outgoing-range: 4096
  num-queries-per-thread: 2048
  do-daemonize: no
  username: ""
  chroot: ""
  pidfile: ""
  directory: "{folder}"
  use-syslog: no
  log-queries: no
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  include: "{list}"
{encrypted}remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: {up}@{up_port}
"#,
            port = self.port(),
            encrypted = self.unbound_encrypted(),
            folder = self.place.display(),
            up = self.upstream.ip(),
            up_port = self.upstream.port(),
        );
        vec!["-d".into(), "-c".into(), self.file("unbound.conf", &text)]
    }

    /// Room for all connections; unbound hurries idle ones off when half of it is taken.
    fn unbound_encrypted(&self) -> String {
        let Some(Doors { dot, doh, papers }) = self.doors else {
            return String::new();
        };
        format!(
            r#"  interface: 127.0.0.1@{dot}
  tls-port: {dot}
  interface: 127.0.0.1@{doh}
  https-port: {doh}
  tls-service-pem: "{chain}"
  tls-service-key: "{key}"
  incoming-num-tcp: 1024
  tcp-idle-timeout: 120000
"#,
            dot = dot.port(),
            doh = doh.port(),
            chain = papers.chain.display(),
            key = papers.key.display(),
        )
    }

    fn dnsmasq(&self) -> Vec<String> {
        let list = self.list("names.conf", "address=/", "/");
        let text = format!(
            "port={}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\n\
             cache-size=100000\ncache-rr=HTTPS\ndns-forward-max=10000\nserver={}#{}\n\
             user=\ngroup=\npid-file=\nconf-file={list}\n",
            self.port(),
            self.upstream.ip(),
            self.upstream.port(),
        );
        let file = self.file("dnsmasq.conf", &text);
        vec!["--keep-in-foreground".into(), format!("--conf-file={file}")]
    }

    fn pdns_recursor(&self) -> Vec<String> {
        let list = self.zone();
        let rpz = format!("rpzFile(\"{list}\", {{defpol=Policy.NXDOMAIN}})\n");
        let text = format!(
            "local-address=127.0.0.1\nlocal-port={}\nforward-zones-recurse=.={}\nthreads=1\n\
             pdns-distributes-queries=no\nreuseport=yes\ndnssec=off\ndont-query=\n\
             max-packetcache-entries=500000\nmax-cache-entries=500000\nlua-config-file={}\n\
             socket-dir={}\nsetuid=\nsetgid=\nquiet=yes\nloglevel=3\ndaemon=no\nwrite-pid=no\n",
            self.port(),
            self.upstream,
            self.file("rpz.lua", &rpz),
            self.place.display(),
        );
        self.file("recursor.conf", &text);
        vec![format!("--config-dir={}", self.place.display())]
    }

    /// A response policy zone: each name, and everything below it.
    fn zone(&self) -> String {
        use std::io::Write as _;
        let path = self.place.join("names.zone");
        let mut out = std::io::BufWriter::new(fs::File::create(&path).unwrap());
        let head = "$TTL 60\n$ORIGIN rpz.\n@ SOA localhost. root.localhost. 1 60 60 60 60\n@ NS localhost.\n";
        out.write_all(head.as_bytes()).unwrap();
        for name in self.corpus.listed.iter().take(self.names) {
            write!(out, "{name} CNAME .\n*.{name} CNAME .\n").unwrap();
        }
        out.flush().unwrap();
        path.display().to_string()
    }

    fn dnsdist(&self) -> Vec<String> {
        let list = self.list("names.txt", "", "");
        let text = format!(
            r#"setLocal("{address}")
setACL("127.0.0.0/8")
setSecurityPollSuffix("")
newServer({{address="{upstream}", maxInFlight=64}}):setUp()
getPool(""):setCache(newPacketCache(300000))
local names = newSuffixMatchNode()
for name in io.lines("{list}") do names:add(name) end
addAction(SuffixMatchNodeRule(names), RCodeAction(DNSRCode.NXDOMAIN))
"#,
            address = self.address,
            upstream = self.upstream,
        ) + &self.dnsdist_encrypted();
        let file = self.file("dnsdist.conf", &text);
        let supervised = ["--supervised", "--disable-syslog", "-C"];
        supervised
            .into_iter()
            .map(String::from)
            .chain([file])
            .collect()
    }

    /// One thread, answers as they come, and patience with idle connections.
    fn dnsdist_encrypted(&self) -> String {
        let Some(Doors { dot, doh, papers }) = self.doors else {
            return String::new();
        };
        let (chain, key) = (papers.chain.display(), papers.key.display());
        format!(
            r#"setMaxTCPClientThreads(1)
setTCPRecvTimeout(120)
addTLSLocal("{dot}", "{chain}", "{key}", {{maxInFlight={PIPELINED}}})
addDOHLocal("{doh}", "{chain}", "{key}", "/dns-query", {{idleTimeout=120}})
"#
        )
    }
}
