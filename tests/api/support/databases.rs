//! One database per test, made from a template: the schema, its keys and the one administrator of the
//! installation are made once per engine and process.
//!
//! SQLite's template is the content of a file, kept in memory; a test has a file with that content
//! in a folder of its own. PostgreSQL's template is a database of the tests' own cluster, copied
//! file by file. A single connection makes all copies and removes them, on a thread of its own: a
//! test's runtime ends with the test, and so would everything that runs on it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use redvest::access::{Role, create_administrator};
use redvest::platform::clock::Clock;
use redvest::platform::values::Username;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::sync::oneshot;

use super::app::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, BEGINNING, open};
use super::cluster::Cluster;

/// A folder in memory, where there is one: an acknowledged write waits for no disk.
const MEMORY: &str = "/dev/shm";
const TEMPLATE: &str = "redvest_template";

/// Which engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, the default of an installation.
    Sqlite,
    /// PostgreSQL, for several instances.
    Postgres,
}

/// A database that only one test knows; gone with it.
pub struct Database {
    url: String,
    home: Home,
}

enum Home {
    Folder(PathBuf),
    Cluster(String),
}

impl Database {
    /// A copy of the template.
    pub async fn fresh(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::file(),
            Engine::Postgres => Self::in_cluster().await,
        }
    }

    /// How redvest, or sqlx by itself, reaches it.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn file() -> Self {
        let folder = new_folder();
        let file = folder.join("redvest.db");
        fs::write(&file, sqlite_template()).expect("the template fits into the folder");
        Self { url: sqlite_url(&file), home: Home::Folder(folder) }
    }

    async fn in_cluster() -> Self {
        let name = format!("redvest_{}", next_number());
        let (done, copied) = oneshot::channel();
        order(Order::Copy { name: name.clone(), done });
        copied.await.expect("the database was copied from the template");
        Self { url: Cluster::shared().url(&name), home: Home::Cluster(name) }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match &self.home {
            Home::Folder(folder) => drop(fs::remove_dir_all(folder)),
            Home::Cluster(name) => order(Order::Remove { name: name.clone() }),
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Makes the schema, the keys and the administrator.
async fn furnish(url: String) {
    let clock = Clock::standing_at(BEGINNING);
    let db = open(&url, 1, &clock).await;
    let username = Username::parse(ADMINISTRATOR).expect("a user name");
    let role = Role::Administrator;
    db.write(async |tx| {
        create_administrator(tx, &clock, &username, ADMINISTRATOR_PASSWORD, role).await
    })
    .await
    .expect("the administrator is created");
    db.close().await;
}

fn sqlite_template() -> &'static [u8] {
    static CONTENT: OnceLock<Vec<u8>> = OnceLock::new();
    CONTENT.get_or_init(|| {
        let folder = new_folder();
        let file = folder.join("template.db");
        let url = sqlite_url(&file);
        // A test's runtime is busy running the test.
        let furnishing = thread::spawn(|| runtime().block_on(furnish(url)));
        furnishing.join().expect("the template is furnished");
        let content = fs::read(&file).expect("the template is a file");
        drop(fs::remove_dir_all(folder));
        content
    })
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

fn new_folder() -> PathBuf {
    let memory = Path::new(MEMORY);
    let parent = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
    let folder = parent.join(format!("redvest-tests.{}.{}", process::id(), next_number()));
    fs::create_dir(&folder).expect("a folder of one's own");
    folder
}

fn next_number() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// What the keeper of the cluster's databases is told.
enum Order {
    Copy { name: String, done: oneshot::Sender<()> },
    Remove { name: String },
}

fn order(order: Order) {
    static KEEPER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let keeper = KEEPER.get_or_init(|| {
        let cluster = Cluster::shared();
        let (sender, orders) = mpsc::channel();
        thread::spawn(move || runtime().block_on(keep(cluster, orders)));
        sender
    });
    // At the end of the process the keeper may be gone, and the whole cluster goes with it.
    drop(keeper.send(order));
}

async fn keep(cluster: &Cluster, orders: mpsc::Receiver<Order>) {
    let mut connection =
        PgConnection::connect(&cluster.url("postgres")).await.expect("the cluster answers");
    execute(&mut connection, format!("CREATE DATABASE {TEMPLATE}")).await;
    furnish(cluster.url(TEMPLATE)).await;
    while let Ok(order) = orders.recv() {
        match order {
            Order::Copy { name, done } => {
                let copy = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy");
                execute(&mut connection, copy).await;
                // A test that no longer waits has failed already.
                let _ = done.send(());
            }
            Order::Remove { name } => {
                execute(&mut connection, format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
        }
    }
}

async fn execute(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement.as_str()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}
