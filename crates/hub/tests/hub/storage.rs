//! The database: opened, moved on, tried again, gone and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lachan_hub::storage::{Failed, Never, Storage, StorageError};

use crate::postgres::Server;
use crate::support::both;

type Done<T> = Result<T, Failed<Never>>;

async fn count(storage: &Storage, name: &str) -> Done<i64> {
    storage
        .write(|tx| {
            let name = name.to_owned();
            Box::pin(async move {
                let sql = "INSERT INTO single_values (name, value) VALUES ($1, '0') ON CONFLICT (name) DO NOTHING";
                sqlx::query(sql).bind(&name).execute(&mut **tx).await?;
                let sql = "SELECT value FROM single_values WHERE name = $1";
                let value: String = sqlx::query_scalar(sql).bind(&name).fetch_one(&mut **tx).await?;
                let next = value.parse::<i64>().unwrap() + 1;
                let sql = "UPDATE single_values SET value = $2 WHERE name = $1";
                sqlx::query(sql).bind(&name).bind(next.to_string()).execute(&mut **tx).await?;
                Ok(next)
            })
        })
        .await
}

both! {
    async fn opening_again_changes_nothing(bench: Bench) {
        let version = bench.storage.version().await.unwrap();
        assert!(version > 20);
        let other = bench.instance().await;
        assert_eq!(other.version().await.unwrap(), version);
        other.health().await.unwrap();
    }

    async fn two_instances_that_read_and_write_the_same_row_lose_nothing(bench: Bench) {
        let other = bench.instance().await;
        let mut tasks = Vec::new();
        for number in 0..40 {
            let storage = if number % 2 == 0 { bench.storage.clone() } else { other.clone() };
            tasks.push(tokio::spawn(async move { count(&storage, "x").await.map_err(|error| error.to_string()) }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(count(&other, "x").await.unwrap(), 41);
    }

    async fn a_step_that_is_refused_leaves_nothing_behind(bench: Bench) {
        let refused: Result<(), Failed<u8>> = bench.storage.write(|tx| Box::pin(async move {
            let sql = "INSERT INTO single_values (name, value) VALUES ('gone', '1')";
            sqlx::query(sql).execute(&mut **tx).await?;
            Err(Failed::Refused(7))
        })).await;
        assert!(matches!(refused, Err(Failed::Refused(7))));
        assert_eq!(count(&bench.storage, "gone").await.unwrap(), 1);
    }

    async fn a_statement_that_can_never_work_is_told_at_once(bench: Bench) {
        let tries = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries);
        let failed: Done<()> = bench.storage.write(move |tx| {
            counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                sqlx::query("INSERT INTO no_such_table VALUES (1)").execute(&mut **tx).await?;
                Ok(())
            })
        }).await;
        assert!(matches!(failed, Err(Failed::Storage(StorageError::Statement(_)))), "{failed:?}");
        assert_eq!(tries.load(Ordering::SeqCst), 1);
    }

    async fn many_instances_may_begin_at_once_on_an_empty_database(bench: Bench) {
        // Another empty database of the same engine.
        let url = if bench.url.starts_with("sqlite") {
            format!("sqlite:{}", bench.folder.path().join("fresh.db").display())
        } else {
            crate::postgres::shared().database().await
        };
        let all = (0..5).map(|_| { let url = url.clone(); tokio::spawn(async move { Storage::open(&url, 2).await.map(drop) }) });
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap().unwrap();
        }
    }

    async fn tables_of_a_newer_program_are_not_touched(bench: Bench) {
        let made: Done<()> = bench.storage.write(|tx| Box::pin(async move {
            sqlx::query("INSERT INTO schema_steps (step, about) VALUES (9999, 'later')").execute(&mut **tx).await?;
            Ok(())
        })).await;
        made.unwrap();
        let refused = Storage::open(&bench.url, 2).await;
        assert!(matches!(refused, Err(StorageError::Newer { found: 9999, .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_told() {
    for url in ["hub.db", "mysql://root:secret@h/d", ""] {
        let error = Storage::open(url, 2).await.unwrap_err();
        assert!(matches!(error, StorageError::Url { .. }), "{error}");
        assert!(!error.to_string().contains("secret"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_and_comes_back_loses_nothing_that_was_told() {
    let mut server = Server::new();
    let url = server.database().await;
    let storage = Storage::open(&url, 4).await.unwrap();
    assert_eq!(count(&storage, "x").await.unwrap(), 1);
    server.stop();
    let asking = tokio::spawn({
        let storage = storage.clone();
        async move { count(&storage, "x").await }
    });
    // It is away while the request is under way.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!asking.is_finished());
    server.start();
    assert_eq!(asking.await.unwrap().unwrap(), 2);
}
