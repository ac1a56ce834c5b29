//! `redvest retention`: what of what is kept has passed its time.

use chrono::SecondsFormat;
use clap::Subcommand;

use super::CommandError;
use crate::organizations::Directory;
use crate::people;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::reference::Cache as _;

/// What can be asked of it. The database is only read, and may be served meanwhile.
#[derive(Debug, Subcommand)]
pub enum RetentionCommand {
    /// Say of each county how many rows of each class would be erased now, by which rule.
    DryRun(Config),
}

/// Does what is asked.
///
/// # Errors
/// A sentence for the person who asked, when the database cannot be read.
#[expect(clippy::print_stdout, reason = "a command speaks to the person at the terminal")]
pub async fn run(command: RetentionCommand) -> Result<(), CommandError> {
    let RetentionCommand::DryRun(config) = command;
    let db = Db::open_for_reading(&config.database()).await?;
    let directory = Directory::default();
    let mut tx = db.read().await.map_err(|problem| problem.to_string())?;
    // Behind no change: everything.
    directory.catch_up(&mut tx, -1).await.map_err(|problem| problem.to_string())?;
    let passed = people::passed_everywhere(&mut tx, &directory, Clock::System.now()).await;
    tx.finish();
    db.close().await;
    for county in passed.map_err(|problem| problem.to_string())? {
        let name = directory.name(county.organization_id);
        for item in county.items {
            let (class, rows, days) = (item.class.as_str(), item.rows, item.days);
            let before = item.before.to_rfc3339_opts(SecondsFormat::Secs, true);
            println!("{name}: {class}: {rows} rows before {before} ({days} days)");
        }
    }
    Ok(())
}
