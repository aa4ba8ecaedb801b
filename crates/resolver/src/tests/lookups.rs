//! Addresses for the gate: as the same client's queries would be answered, told to nobody.

use std::net::IpAddr;

use lachan_policy::Tier;

use super::support::School;
use crate::{Client, LookedUp, Lookup, Transport};

/// Looks a name up for a device of this tier.
async fn found(school: &School, tier: Tier, name: &str, wants_v6: bool) -> LookedUp {
    let name = lachan_lists::testing::name(name);
    let number = u8::try_from(tier.index() + 1).unwrap();
    let address = IpAddr::from([127, 0, number, 9]);
    let lookup = Lookup {
        name: &name,
        client: Client::new(address, Transport::Stream),
        wants_v6,
    };
    match school.engine.look_up(&lookup) {
        Ok(found) => found,
        Err(pending) => school.engine.wait_for(&pending).await,
    }
}

/// The same in words: `closed`, `failed`, or the addresses.
async fn told(school: &School, tier: Tier, name: &str) -> String {
    match found(school, tier, name, false).await {
        LookedUp::Addresses(all) => {
            let all: Vec<_> = all.iter().map(ToString::to_string).collect();
            all.join(" ")
        }
        LookedUp::Closed(closed) => {
            let behind = closed
                .behind
                .map_or_else(String::new, |name| format!(" by {name}"));
            format!("closed{behind}")
        }
        LookedUp::Failed => "failed".to_owned(),
    }
}

#[tokio::test]
async fn an_open_name_has_the_addresses_that_a_query_gives() {
    let school = School::new().await;
    let first = told(&school, Tier::Thcs, "www.hoc.vn").await;
    assert!(first.parse::<IpAddr>().is_ok(), "{first}");
    assert_eq!(school.upstream.asked(), 1);
    // The second time from the cache, which a query finds, too.
    assert_eq!(told(&school, Tier::Thcs, "www.hoc.vn").await, first);
    assert!(
        school
            .answer(Tier::Thcs, "www.hoc.vn", 1)
            .await
            .contains(&first)
    );
    assert_eq!(school.upstream.asked(), 1);
}

#[tokio::test]
async fn nobody_is_told_of_a_look_up() {
    let school = School::new().await;
    told(&school, Tier::Thcs, "www.hoc.vn").await;
    told(&school, Tier::Thcs, "nha-cai.example").await;
    assert!(school.events.take().is_empty());
    assert_eq!(school.engine.counts().queries, 0);
}

#[tokio::test]
async fn closed_names_and_what_is_closed_behind_have_none() {
    let school = School::new().await;
    assert_eq!(told(&school, Tier::Thcs, "nha-cai.example").await, "closed");
    assert_eq!(
        told(&school, Tier::Thcs, "shop.hoc.vn").await,
        "closed by t.nha-cai.net"
    );
    assert_eq!(
        told(&school, Tier::Thcs, "mang.hoc.vn").await,
        "closed by mang-xa-hoi.vn"
    );
    assert!(
        told(&school, Tier::Staff, "mang.hoc.vn")
            .await
            .parse::<IpAddr>()
            .is_ok()
    );
}

#[tokio::test]
async fn an_engine_has_the_addresses_of_its_safe_form() {
    let school = School::new().await;
    let open = told(&school, Tier::Staff, "forcesafesearch.google.com").await;
    assert_eq!(told(&school, Tier::Thcs, "www.google.com").await, open);
}

#[tokio::test]
async fn names_of_the_school_are_found_here() {
    let school = School::new().await;
    assert_eq!(
        told(&school, Tier::Thcs, "may-chu.home.arpa").await,
        "10.0.0.1"
    );
    let v6 = found(&school, Tier::Thcs, "may-chu.home.arpa", true).await;
    let LookedUp::Addresses(v6) = v6 else {
        panic!("{v6:?}")
    };
    assert_eq!(v6, ["fd00::1".parse::<IpAddr>().unwrap()]);
    assert_eq!(school.upstream.asked(), 0);
}
