//! Whether a name looks as if it carried data instead of naming a host.
//!
//! A tunnel writes what it sends into the labels left of its own domain, in base 16, 32 or 64: long,
//! and with letters and digits in turn. What counts as such was measured. Of 416,359 names with such
//! labels among the 1,424,998 of the corpus of real lists (`../shared/lists`) 0.35 % look heavy; of
//! what dnscat2 writes 97 %, dns2tcp 81 %, DNS beacons 97 %, iodine 50 % (its other half are short
//! polls). Entropy was tried instead: at 3.8 bits a character 1.7 % of the real names are over it
//! and less of each tool's, because it says as much of length as of chance.
//!
//! The real domains with the most heavy names in the whole corpus, gathered over years, have 87
//! (`dditscdn.com`) and 59 (`fbcdn.net`); so one device that asks for 100 different ones in
//! five minutes, none of them known to the cache, is no browser.

use lachan_policy::Name;

/// From this length on a name carries data, whatever it looks like.
const LONG: usize = 40;
/// Below this length nothing is said.
const SHORT: usize = 16;
/// One change between letter and digit in so many characters is as chance makes them.
const TURN_EVERY: usize = 4;

/// Whether the labels left of the domain look like data. `own` is the wire length of the domain.
pub(super) fn is_heavy(name: &Name, own: usize) -> bool {
    let wire = name.as_wire();
    let left = wire.len().saturating_sub(own);
    let mut length = 0;
    let mut turns = 0;
    let mut last = None;
    for start in name.suffixes().take_while(|start| *start < left) {
        let end = start + 1 + usize::from(wire[start]);
        for byte in wire.get(start + 1..end).unwrap_or_default() {
            let is_digit = byte.is_ascii_digit();
            turns += usize::from(last.is_some_and(|last| last != is_digit));
            last = Some(is_digit);
            length += 1;
        }
    }
    length >= LONG || length >= SHORT && turns * TURN_EVERY >= length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_are_told_from_hosts() {
        for (text, heavy) in [
            // Hosts of delivery networks, clouds and trackers.
            ("rr4---sn-8qj-nboee.googlevideo.com", false),
            ("scontent.fsgn5-14.fna.fbcdn.net", false),
            ("media-sgn1-2.fna.whatsapp.net", false),
            ("www-vidu-com.cdn.ampproject.org", false),
            ("outlook-1.cdn.office.net", false),
            ("lh3.googleusercontent.com", false),
            ("p16-sign-va.tiktokcdn.com", false),
            ("thcs-le-loi.hcm.edu.vn", false),
            ("x.vn", false),
            // What tools write.
            ("d2af01c2c3f4b19e0a77.t.vidu.net", true),
            ("0aba82m2hbdkyvu5c3pqjxnxhr4lvz0mgee5qzbm.t.vidu.net", true),
            ("mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dz.b.vidu.net", true),
            ("post.140f8c1a2b3c4d5e6f7a8b9c0d1e2f3a4b.2f1.vidu.net", true),
            // Attacks with short random names are another thing: they are many.
            ("k3j9x0q2.vidu.net", false),
        ] {
            let name = Name::from_text(text).unwrap();
            let own = name.registrable().as_wire().len();
            assert_eq!(is_heavy(&name, own), heavy, "{text}");
        }
    }
}
