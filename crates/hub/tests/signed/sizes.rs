//! What an update weighs, with real versions of lists (`LACHAN_LISTS`, else
//! `../shared/lists`); skipped without them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lachan_hub::repository::ListInput;
use lachan_lists::canonical::{Builder, Options};
use lachan_lists::delta;
use lachan_lists::formats::Format;

use crate::bed::{DAY, Department, NOW, School, list, of_bytes};

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/lists");
    let lists = std::env::var_os("LACHAN_LISTS").map_or_else(beside, PathBuf::from);
    let folder = lists.join("delta");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.display());
    None
}

fn canonical(path: &Path) -> Vec<u8> {
    let packed = fs::read(path).unwrap();
    let text = zstd::decode_all(packed.as_slice()).unwrap();
    let mut builder = Builder::new(Options::default());
    builder
        .add(Format::Domains, text.as_slice(), |_| {})
        .unwrap();
    let mut out = Vec::new();
    builder.finish(&mut out).unwrap();
    out
}

/// Versions of each list: the day, the canonical bytes.
fn versions(folder: &Path) -> BTreeMap<String, Vec<(String, Vec<u8>)>> {
    let mut found: BTreeMap<String, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some((list, rest)) = name.split_once('@') else {
            continue;
        };
        found
            .entry(list.to_owned())
            .or_default()
            .push((rest[..10].to_owned(), canonical(&path)));
    }
    for versions in found.values_mut() {
        versions.sort_unstable();
    }
    found
}

#[test]
fn a_day_and_a_month_of_real_lists_weigh_little() {
    let Some(folder) = corpus() else { return };
    let found = versions(&folder);
    let (mut day, mut month) = (0, 0);
    for (list, versions) in &found {
        let steps: Vec<usize> = versions
            .windows(2)
            .map(|pair| delta::make(&pair[0].1, &pair[1].1).unwrap().len())
            .collect();
        let whole = delta::make(&versions[0].1, &versions[versions.len() - 1].1)
            .unwrap()
            .len();
        println!(
            "{list}: {} versions, steps {steps:?} bytes, first to last {whole} bytes",
            versions.len()
        );
        if !list.contains("massjump") {
            day += steps.last().unwrap();
            month += whole;
        }
    }
    println!("newest step of all lists {day} bytes, first to last {month} bytes");
    assert!(day <= 20_000, "{day}");
    assert!(month <= 250_000, "{month}");
}

/// Bytes that a box fetches for an update: metadata that changed, and what the lists cost.
fn metadata_bytes(department: &Department, before: &BTreeMap<String, u64>) -> u64 {
    sizes(department)
        .iter()
        .filter(|(name, _)| !before.contains_key(*name) || *name == "timestamp.json")
        .map(|(_, size)| size)
        .sum()
}

fn sizes(department: &Department) -> BTreeMap<String, u64> {
    let files = fs::read_dir(department.folder().join("metadata"))
        .unwrap()
        .map(Result::unwrap);
    files
        .map(|file| {
            (
                file.file_name().into_string().unwrap(),
                file.metadata().unwrap().len(),
            )
        })
        .collect()
}

#[tokio::test]
async fn one_name_in_one_of_32_lists_weighs_less_than_25_kb() {
    let department = Department::new();
    let school = School::new(&department);
    let names: Vec<String> = (0..60_000)
        .map(|n| format!("{:x}.{:x}.vn", (n * 7919) % 65_521, n))
        .collect();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let lists = |more: &[&str]| -> Vec<ListInput> {
        let small = (1..32).map(|n| list(&format!("danh-sach-{n}"), 1, &words[n..n + 20]));
        let big = list(
            "danh-sach-0",
            1 + more.len() as u64,
            &[&words[..], more].concat(),
        );
        std::iter::once(big).chain(small).collect()
    };
    department.publish(&lists(&[]), NOW);
    school.follow(NOW).await;
    let before = sizes(&department);
    department.publish(&lists(&["trang-moi.vn"]), NOW + 60);
    let prepared = school.follow(NOW + 60).await;
    let (metadata, delta) = (metadata_bytes(&department, &before), prepared.fetched());
    println!("one name: metadata {metadata} bytes, delta {delta} bytes");
    assert!(metadata + delta <= 25_000, "{metadata} + {delta}");
    // A night without changes.
    let before = sizes(&department);
    department
        .writer()
        .renew(&department.online, NOW + 4 * DAY)
        .unwrap();
    println!(
        "a renewed signature: {} bytes",
        metadata_bytes(&department, &before)
    );
}

#[tokio::test]
async fn a_real_list_comes_by_its_delta() {
    let Some(folder) = corpus() else { return };
    let found = versions(&folder);
    let department = Department::new();
    let school = School::new(&department);
    for (day, (_, canonical)) in found["hostsvn-gambling"].iter().enumerate() {
        let now = NOW + i64::try_from(day).unwrap() * DAY;
        department.publish(
            &[of_bytes("co-bac", day as u64 + 1, canonical.clone())],
            now,
        );
        let prepared = school.follow(now).await;
        println!(
            "hostsvn-gambling, version {}: {} bytes",
            day + 1,
            prepared.fetched()
        );
        assert_eq!(school.text("co-bac").into_bytes(), *canonical);
    }
}
