//! # The figures
//!
//! How fast the program is, next to the floor that its own SQL sets, on both engines, with the past
//! of one year and of ten. Run it when nothing else runs on the machine:
//!
//! ```text
//! cargo bench --bench figures -- [--engine sqlite|postgres|both] [--quick]
//! ```
//!
//! The program runs as a process of its own; requests come from this one, over a client that costs
//! little. Aims stand beside the figures; one that is missed is marked and fails nothing.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise and speaks to the terminal"
)]

mod access;
#[path = "../../tests/api/support/cluster.rs"]
#[expect(dead_code, reason = "the tests of the cluster are not run here")]
mod cluster;
mod county;
mod floor;
mod history;
mod http;
mod load;
mod operations;
mod order;
mod people;
mod plans;
mod report;
mod sealing;
mod server;
mod store;
mod value;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use redvest::access::FixedCode;
use redvest::app::{self, Settings};
use redvest::demo::{self, CODE, Manifest};
use redvest::platform::clock::Clock;
use redvest::platform::db::Db;
use redvest::platform::vault::{self, Keyring, MasterKeySource, Secret, Suite};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use cluster::Cluster;
use county::County;
use floor::Ground;
use history::History;
use load::Pace;
use operations::Site;
use order::ORDERS_A_DAY;
use people::{People, RESIDENTS};
use report::{Medians, Row, Table};
use server::Server;
use store::{Isolation, Purpose, Store};

/// Measures the program against the floor that its own SQL sets.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Arguments {
    /// On which engine.
    #[arg(long, value_enum, default_value_t = Engines::Both)]
    engine: Engines,
    /// How many volunteers the county has.
    #[arg(long, default_value_t = 235_000)]
    volunteers: usize,
    /// How many past orders there are at first; then there are ten times as many.
    #[arg(long, default_value_t = 100_000)]
    demands: usize,
    /// How long each operation is measured, in seconds.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Over how many connections.
    #[arg(long, value_delimiter = ',', default_value = "1,16,64")]
    connections: Vec<usize>,
    /// Little data and little time, to see that it runs.
    #[arg(long)]
    quick: bool,
    /// Leave out the floor.
    #[arg(long)]
    no_floor: bool,
    /// How far the floor keeps transactions apart on PostgreSQL.
    #[arg(long, value_enum, default_value_t = Isolation::RepeatableRead)]
    floor_isolation: Isolation,
    /// Also print how the engines run the hot statements.
    #[arg(long)]
    plans: bool,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
    /// Serve this database until standard input ends.
    #[arg(long, hide = true)]
    serve: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engines {
    Sqlite,
    Postgres,
    Both,
}

fn main() {
    let mut arguments = Arguments::parse();
    if let Some(url) = &arguments.serve {
        return server::serve(url);
    }
    if arguments.quick {
        arguments.volunteers = 5_000;
        arguments.demands = 2_000;
        arguments.seconds = arguments.seconds.min(1.0);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if arguments.engine != Engines::Postgres {
            let folder = Folder::new();
            let url = format!("sqlite:{}", folder.0.join("redvest.db").display());
            println!("SQLite in {}: {}", folder.0.display(), folder.sync_time());
            figures("SQLite", &url, &arguments).await;
        }
        if arguments.engine != Engines::Sqlite {
            let url = durable_cluster().await;
            figures("PostgreSQL", &url, &arguments).await;
        }
    });
}

/// A folder on a disk, gone with the bench.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("redvest-figures-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// What it costs to write a page so that it survives a power cut: where that is next to
    /// nothing, the folder lies in memory and the figures of writes are too good.
    fn sync_time(&self) -> String {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.0.join("sync")).unwrap();
        let begin = Instant::now();
        for _ in 0..100 {
            file.write_all(&[7; 4_096]).unwrap();
            file.sync_data().unwrap();
        }
        format!("writing and syncing 4 KiB takes {} us", begin.elapsed().as_micros() / 100)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A database on the tests' own server, which here keeps what it acknowledges.
async fn durable_cluster() -> String {
    let cluster = Cluster::shared();
    let store = Store::open(&cluster.url("postgres"), Purpose::Loading).await;
    for command in [
        "ALTER SYSTEM SET fsync = on",
        "ALTER SYSTEM SET synchronous_commit = on",
        "ALTER SYSTEM SET full_page_writes = on",
        "ALTER SYSTEM SET max_wal_size = '8GB'",
        "ALTER SYSTEM SET checkpoint_timeout = '30min'",
        "SELECT pg_reload_conf()",
        "CREATE DATABASE figures",
    ] {
        store.command(command).await;
    }
    store.close().await;
    cluster.url("figures")
}

/// Loads the county and its past, measures, adds nine times that past and measures again.
async fn figures(engine: &str, url: &str, arguments: &Arguments) {
    let begin = Instant::now();
    let (manifest, keyring) = load_county(url, arguments.volunteers).await;
    let seconds = begin.elapsed().as_secs_f64();
    println!("{} volunteers loaded in {seconds:.1} s", arguments.volunteers);
    let store = Store::open(url, Purpose::Loading).await;
    let county = Arc::new(County::read(&store, keyring).await);
    store.close().await;
    let history = History { until: Clock::System.now(), yearly: arguments.demands };
    let mut run = Run { url, arguments, county, history, manifest, people: None, placed: 0 };
    let mut smaller: Option<Medians> = None;
    let sizes = [0, arguments.demands, arguments.demands * 10];
    for size in sizes.windows(2) {
        run.add_past(size[0]..size[1]).await;
        let volunteers = arguments.volunteers;
        let title = format!("{engine}, {volunteers} volunteers, {} past orders", size[1]);
        let table = run.table(title, size[1]).await;
        table.print(smaller.as_ref());
        smaller = Some(table.medians());
    }
}

async fn load_county(url: &str, volunteers: usize) -> (Manifest, Arc<Keyring>) {
    let db = Db::open(url, 4).await.unwrap();
    let key = MasterKeySource::Given(Secret::new(server::MASTER_KEY));
    vault::unlock(&db, &key, Suite::default(), &Clock::System).await.unwrap();
    let sender = Arc::new(FixedCode(CODE));
    let wired = app::wire(db.clone(), Clock::System, sender, Settings::default()).await.unwrap();
    let teams = demo::county::TEAM_COUNT;
    let loaded = demo::load(&wired.gate, teams, volunteers).await.unwrap().unwrap();
    db.close().await;
    (loaded.manifest, db.keyring())
}

/// One engine's figures in the making.
struct Run<'a> {
    url: &'a str,
    arguments: &'a Arguments,
    county: Arc<County>,
    history: History,
    manifest: Manifest,
    people: Option<People>,
    placed: usize,
}

impl Run<'_> {
    async fn add_past(&self, numbers: std::ops::Range<usize>) {
        let begin = Instant::now();
        let count = numbers.len();
        let store = Store::open(self.url, Purpose::Loading).await;
        self.history.write(&store, &self.county, numbers).await;
        match &store {
            // The program gathers no statistics on SQLite, so its plans stay those that the
            // tests have seen; nor does this.
            Store::Sqlite { .. } => store.command("PRAGMA wal_checkpoint(TRUNCATE)").await,
            Store::Postgres(_) => {
                store.command("VACUUM (ANALYZE)").await;
                store.command("CHECKPOINT").await;
            }
        }
        store.close().await;
        // What still has to reach the disk must not do so while something is measured.
        drop(std::process::Command::new("sync").status());
        println!("{count} past orders loaded in {} s", begin.elapsed().as_secs());
    }

    async fn table(&mut self, title: String, past: usize) -> Table {
        let server = Server::start(self.url).await;
        let started_in = server.started_in;
        let store = Store::open(self.url, Purpose::Loading).await;
        let mut people = self.people(&server, &store).await;
        let mut memory = vec![(0, server.memory())];
        let mut rows = Vec::new();
        for connections in self.arguments.connections.clone() {
            people = people.refresh(server.address).await;
            let site = Site {
                server: &server,
                store: &store,
                county: &self.county,
                history: self.history,
                past,
                people: &people,
                pace: self.pace(),
            };
            let figures = site.measure(connections, &mut self.placed).await;
            memory.push((connections, server.memory()));
            if Some(&connections) == self.arguments.connections.last() {
                access::print(&site, connections, &figures).await;
            }
            let mut floors = self.floors(connections, past, &people).await.into_iter();
            rows.extend(figures.into_iter().map(|figure| {
                let floor = floors.next().map(|(_, measured)| measured);
                Row { connections, figure, floor }
            }));
        }
        sealing::print(&store, &self.county.keyring).await;
        if self.arguments.plans {
            let order = self.history.order(past / 2, &self.county);
            plans::print(&store, &order, &self.county).await;
        }
        self.people = Some(people);
        store.close().await;
        server.stop();
        Table { title, rows, memory, started_in }
    }

    /// Who was signed in already, or everybody anew, who also finds looser rules.
    async fn people(&mut self, server: &Server, store: &Store) -> People {
        if let Some(people) = self.people.take() {
            return people;
        }
        let people = People::sign_in(server.address, &self.county, &self.manifest).await;
        if let Store::Postgres(_) = store {
            // Whoever signs in fills a table that was empty when it was looked at; a server in use
            // finds that out by itself within a minute.
            store.command("ANALYZE").await;
        }
        loosen_rules(server, store, &self.county, &people).await;
        people
    }

    fn pace(&self) -> Pace {
        let measured = Duration::from_secs_f64(self.arguments.seconds);
        Pace { warm_up: measured / 10, measured }
    }

    async fn floors(
        &mut self,
        connections: usize,
        past: usize,
        people: &People,
    ) -> Vec<(operations::Operation, load::Measured)> {
        if self.arguments.no_floor {
            return Vec::new();
        }
        let residents: Vec<Uuid> =
            (0..RESIDENTS).map(|number| people.resident_account(number)).collect();
        let ground = Ground {
            store: Store::open(self.url, Purpose::Floor).await,
            county: Arc::clone(&self.county),
            history: self.history,
            past,
            residents,
            pace: self.pace(),
            isolation: self.arguments.floor_isolation,
        };
        floor::measure_all(ground, connections, &mut self.placed).await
    }
}

/// No team is ever too busy, nobody has ordered enough, and nothing that is left over becomes due
/// while something else is measured.
async fn loosen_rules(server: &Server, store: &Store, county: &County, people: &People) {
    let matching = json!({ "name": "matching", "offerMinutes": 1440, "radiusMeters": 15000, "levelsUp": 1, "maximumOpen": 1000, "bandMeters": 500, "retryMinutes": 1440 });
    let clocks = json!({ "name": "clocks", "respond": { "localDays": 2 }, "handle": { "localDays": 90 }, "urgentRespond": null, "urgentHandle": null });
    let ordering = json!({ "name": "ordering", "perPersonAndDay": ORDERS_A_DAY });
    let text = "SELECT DISTINCT organization_id FROM rules WHERE name = 'clocks'";
    let with_clocks: Vec<(Uuid,)> = store.rows(text, &[]).await;
    let rules = with_clocks.into_iter().map(|(id,)| (id, clocks.clone()));
    let set = |(id, value): (Uuid, Json)| {
        let path = format!("/api/v1/organizations/{id}/rules");
        let body = json!({ "value": value });
        http::request("POST", &path, Some(people.administrator()), Some(&body))
    };
    let of_center = [matching, ordering].map(|value| (county.center, value));
    let requests = rules.chain(of_center).map(set).collect();
    http::send_all(server.address, requests).await;
}
