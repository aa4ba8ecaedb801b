//! The log: chained by hash for each unit, written with the change or not at all.

use lachan_hub::audit::{self, Action, Break};
use lachan_hub::storage::{Failed, Never, Storage};
use lachan_hub::units::{self, Rename};
use serde_json::json;

use crate::support::{Bench, Tree, both};

async fn write(storage: &Storage, act: audit::Act, unit: &str, subject: String) {
    let done: Result<(), Failed<Never>> = storage
        .write(|tx| {
            let (act, unit, subject) = (act.clone(), unit.to_owned(), subject.clone());
            Box::pin(async move {
                audit::record(tx, &act, &unit, Action::AnswerAsk, &subject, &json!({})).await
            })
        })
        .await;
    done.unwrap();
}

async fn change(bench: &Bench, sql: &'static str, unit: &str) {
    let done: Result<(), Failed<Never>> = bench
        .storage
        .write(|tx| {
            let unit = unit.to_owned();
            Box::pin(async move {
                sqlx::query(sql).bind(unit).execute(&mut **tx).await?;
                Ok(())
            })
        })
        .await;
    done.unwrap();
}

both! {
    async fn two_instances_write_one_chain(bench: Bench) {
        let other = bench.instance().await;
        let mut tasks = Vec::new();
        for number in 0..60 {
            let storage = if number % 2 == 0 { bench.storage.clone() } else { other.clone() };
            let act = bench.act();
            let unit = if number % 3 == 0 { "u1" } else { "u2" };
            tasks.push(tokio::spawn(async move { write(&storage, act, unit, format!("n{number}")).await }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        for (unit, entries) in [("u1", 20), ("u2", 40)] {
            let checked = audit::verify(&other, unit).await.unwrap();
            assert_eq!((checked.entries, checked.broken), (entries, None), "{unit}");
        }
        assert_eq!(audit::units(&bench.storage, "").await.unwrap(), ["u1", "u2"]);
    }

    async fn a_log_that_was_taken_out_whole_is_missed(bench: Bench) {
        let Tree { east, .. } = bench.tree().await;
        change(&bench, "DELETE FROM audit WHERE unit_id = $1", &east.id).await;
        change(&bench, "DELETE FROM audit_heads WHERE unit_id = $1", &east.id).await;
        let mut broken = Vec::new();
        for unit in audit::units(&bench.storage, "").await.unwrap() {
            broken.extend(audit::verify(&bench.storage, &unit).await.unwrap().broken.map(|broken| (unit, broken)));
        }
        assert_eq!(broken, [(east.id.clone(), Break::Gone)]);
    }

    async fn whatever_is_altered_is_found(bench: Bench) {
        for (number, (sql, broken)) in [
            ("UPDATE audit SET author = 'Ai đó' WHERE number = 3 AND unit_id = $1", Break::Altered { number: 3 }),
            ("DELETE FROM audit WHERE number = 3 AND unit_id = $1", Break::Unlinked { number: 4 }),
            ("DELETE FROM audit WHERE number = 1 AND unit_id = $1", Break::Unlinked { number: 2 }),
            ("DELETE FROM audit WHERE number = 5 AND unit_id = $1", Break::Head { said: 5, found: 4 }),
            ("UPDATE audit SET hash = previous WHERE number = 5 AND unit_id = $1", Break::Altered { number: 5 }),
            ("UPDATE audit_heads SET number = 4 WHERE unit_id = $1", Break::Head { said: 4, found: 4 }),
        ].into_iter().enumerate() {
            let unit = format!("u{number}");
            for entry in 0..5 {
                write(&bench.storage, bench.act(), &unit, format!("n{entry}")).await;
            }
            assert_eq!(audit::verify(&bench.storage, &unit).await.unwrap().broken, None);
            change(&bench, sql, &unit).await;
            assert_eq!(audit::verify(&bench.storage, &unit).await.unwrap().broken, Some(broken), "{sql}");
        }
    }

    async fn a_change_and_its_entry_come_together_or_not_at_all(bench: Bench) {
        let Tree { east, .. } = bench.tree().await;
        let before = audit::verify(&bench.storage, &east.id).await.unwrap();
        let act = bench.act();
        let bad = Rename { name: Some(String::new()), ..Rename::default() };
        assert!(units::rename(&bench.storage, &act, &east.id, 1, bad, act.at).await.is_err());
        assert_eq!(audit::verify(&bench.storage, &east.id).await.unwrap(), before);
        let good = Rename { name: Some("Xã Mới".into()), ..Rename::default() };
        units::rename(&bench.storage, &act, &east.id, 1, good, act.at).await.unwrap();
        let page = audit::page(&bench.storage, &east.id, None, 10).await.unwrap();
        assert_eq!(i64::try_from(page.len()).unwrap(), before.entries + 1);
        assert_eq!((page[0].action.as_str(), page[0].author.as_str()), ("rename-unit", "Người thử (test)"));
        assert!(page[0].detail.contains("Xã Mới"));
    }

    async fn pages_go_back_to_the_first_entry(bench: Bench) {
        for number in 0..7 {
            write(&bench.storage, bench.act(), "u", format!("n{number}")).await;
        }
        let first = audit::page(&bench.storage, "u", None, 5).await.unwrap();
        let numbers: Vec<_> = first.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [7, 6, 5, 4, 3]);
        let second = audit::page(&bench.storage, "u", Some(3), 5).await.unwrap();
        assert_eq!(second.len(), 2);
        assert!(audit::page(&bench.storage, "x", None, 5).await.unwrap().is_empty());
    }
}
