//! A school's day on the wire: `dig` asks as each tier, `why` gives the reason, `events` shows
//! what was blocked and nothing else.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;

use lachan_e2e::{School, project};

/// One line of `tests/scenarios/tiers.txt`.
struct Scenario {
    from: String,
    name: String,
    qtype: String,
    status: String,
    answer: Option<String>,
    ede: Option<String>,
}

impl Scenario {
    fn read(line: &str) -> Self {
        let fields = line
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>();
        let [from, name, qtype, status, answer, ede] =
            <[String; 6]>::try_from(fields).unwrap_or_else(|_| panic!("{line}: not six columns"));
        let some = |text: String| (text != "-").then_some(text);
        Self {
            from,
            name,
            qtype,
            status,
            answer: some(answer),
            ede: some(ede),
        }
    }

    fn check(&self, school: &School) -> Result<(), String> {
        let output = school.dig(&self.from, &self.name, &self.qtype);
        let records = output.lines().any(|line| line.contains("ANSWER SECTION"));
        let right = output.contains(&format!("status: {},", self.status))
            && match &self.answer {
                None => !records,
                Some(part) => records && output.contains(part.as_str()),
            }
            && match &self.ede {
                None => !output.contains("EDE:"),
                Some(code) => output.contains(&format!("EDE: {code} ")),
            };
        if right {
            Ok(())
        } else {
            Err(format!(
                "{} {} {}:\n{output}",
                self.from, self.name, self.qtype
            ))
        }
    }
}

fn scenarios() -> Vec<Scenario> {
    let text = fs::read_to_string(project().join("tests/scenarios/tiers.txt")).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(Scenario::read).collect()
}

#[test]
fn each_tier_sees_what_the_table_says_and_only_blocks_are_logged() {
    let school = School::open();
    let scenarios = scenarios();
    let wrong = scenarios
        .iter()
        .filter_map(|one| one.check(&school).err())
        .collect::<Vec<_>>();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        scenarios.len(),
        wrong.join("\n")
    );

    let why = school.lachan(&["why", "fb88.com", "--tier", "thcs", "--json"]);
    let why: serde_json::Value = serde_json::from_slice(&why.stdout).unwrap();
    assert_eq!(why["action"], "block");
    assert_eq!(why["category"], "gambling");
    assert_eq!(why["level"], "department-lock");
}
