//! Told to end while a request runs: it is answered, the leases are handed back, the exit is clean.

use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use std::time::Duration;

use super::{Process, count};
use crate::support::databases::{Database, Engine};

/// How long the request is held up: long enough for the signal to arrive in its middle.
const HELD_UP: Duration = Duration::from_millis(600);

/// Lets nobody write for a while.
enum Holder {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Holder {
    async fn hold(database: &Database, engine: Engine) -> Self {
        let (url, held) = (database.url(), "the tables are held");
        match engine {
            Engine::Sqlite => {
                let mut other = SqliteConnection::connect(url).await.expect("the file opens");
                sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect(held);
                Self::Sqlite(other)
            }
            Engine::Postgres => {
                let mut other = PgConnection::connect(url).await.expect("the cluster answers");
                let lock = "BEGIN; LOCK TABLE organizations IN SHARE MODE";
                sqlx::raw_sql(lock).execute(&mut other).await.expect(held);
                Self::Postgres(other)
            }
        }
    }

    async fn let_go(self) {
        match self {
            Self::Sqlite(mut other) => {
                sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("free again");
            }
            Self::Postgres(mut other) => {
                sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("free again");
            }
        }
    }
}

async fn finishes_what_runs(engine: Engine) {
    let database = Database::fresh(engine).await;
    let mut process = Process::start(database.url());
    let token = process.sign_in().await;
    let leased = async || count(&database, "SELECT COUNT(*) FROM job_leases").await;
    for _ in 0..100 {
        if leased().await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(leased().await > 0, "the jobs are leased while it serves");
    let holder = Holder::hold(&database, engine).await;
    let center = json!({ "kind": "center", "name": "平阳县" });
    let request = process.post("/organizations", &token, "center", &center);
    let ending = async {
        tokio::time::sleep(HELD_UP).await;
        process.ask_to_end();
        tokio::time::sleep(HELD_UP).await;
        holder.let_go().await;
    };
    let (answer, ()) = futures_util::future::join(request, ending).await;
    let (status, body) = answer.expect("it is answered");
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(process.child.wait().expect("it ends").code(), Some(0));
    assert_eq!(leased().await, 0, "whoever starts next need not wait for the leases");
    let kept = "SELECT COUNT(*) FROM organizations";
    assert_eq!(count(&database, kept).await, 1);
}

mod sqlite {
    use super::*;

    #[actix_web::test]
    async fn told_to_end_it_finishes_what_runs() {
        finishes_what_runs(Engine::Sqlite).await;
    }
}

mod postgres {
    use super::*;

    #[actix_web::test]
    async fn told_to_end_it_finishes_what_runs() {
        finishes_what_runs(Engine::Postgres).await;
    }
}
