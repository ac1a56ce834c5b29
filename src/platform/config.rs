//! How one process is configured: by its command line or its environment.

use std::path::PathBuf;

use clap::Args;

/// The settings of `serve` and `demo`. README lists them; a test compares.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Where the database is: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`.
    /// Unless it is given, a SQLite file in the data folder.
    #[arg(long, env = "REDVEST_DATABASE_URL")]
    pub database_url: Option<String>,
    /// The address to listen on.
    #[arg(long, env = "REDVEST_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// The folder for the SQLite file and for what `demo` writes.
    #[arg(long, env = "REDVEST_DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,
    /// How many connections the database may be asked for.
    #[arg(long, env = "REDVEST_DATABASE_CONNECTIONS", default_value_t = 16)]
    pub database_connections: u32,
    /// How many threads answer requests; as many as there are processors unless it is given.
    #[arg(long, env = "REDVEST_WORKERS")]
    pub workers: Option<usize>,
    /// How often due work is looked for, in milliseconds.
    #[arg(long, env = "REDVEST_SWEEP_MILLISECONDS", default_value_t = 1000)]
    pub sweep_milliseconds: u64,
    /// How many requests one caller may send in a minute; 0 is no limit.
    #[arg(long, env = "REDVEST_REQUESTS_PER_MINUTE", default_value_t = 1200)]
    pub requests_per_minute: u32,
    /// Tell in the `Server-Timing` header how many statements an answer took.
    #[arg(long, env = "REDVEST_SERVER_TIMING", default_value_t = false)]
    pub server_timing: bool,
}

impl Config {
    /// Where the database is, given or usual.
    #[must_use]
    pub fn database(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join("redvest.db").display()))
    }
}
