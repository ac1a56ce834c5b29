//! `redvest audit`: whether the audit is whole, and all of it.

use std::io::{BufWriter, Write as _};

use clap::Subcommand;

use super::CommandError;
use crate::access::audit;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::vault;

/// What can be asked of the audit. The database is only read, and may be served meanwhile.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Look for rows that were changed, taken away, added or put in another order. Ends with 1
    /// when anything is wrong.
    Verify {
        #[command(flatten)]
        config: Config,
        /// A link that was noted earlier: the chain must hold it.
        #[arg(long, value_name = "LINK")]
        expect: Option<String>,
    },
    /// Print every row with its place in the chain, one JSON object per line.
    Export(Config),
}

/// Does what is asked.
///
/// # Errors
/// A sentence for the person who asked, when the audit is not whole or cannot be read.
pub async fn run(command: AuditCommand) -> Result<(), CommandError> {
    match command {
        AuditCommand::Verify { config, expect } => verify(&config, expect.as_deref()).await,
        AuditCommand::Export(config) => export(&config).await,
    }
}

#[expect(clippy::print_stdout, reason = "a command speaks to the person at the terminal")]
async fn verify(config: &Config, expected: Option<&str>) -> Result<(), CommandError> {
    let db = Db::open_for_reading(&config.database()).await?;
    let report = audit::verify(&db, Clock::System.now(), expected).await;
    db.close().await;
    // With what lies behind a problem: whoever sits at the machine may know.
    let report = report.map_err(|problem| problem.to_string())?;
    println!("{report}");
    if report.is_whole() { Ok(()) } else { Err("the audit is not whole".into()) }
}

async fn export(config: &Config) -> Result<(), CommandError> {
    let db = Db::open_for_reading(&config.database()).await?;
    vault::unlock(&db, &config.master_key(), config.cipher, &Clock::System).await?;
    let mut output = BufWriter::new(std::io::stdout().lock());
    let mut behind = 0;
    loop {
        let rows = audit::export_behind(&db, behind).await;
        let rows = rows.map_err(|problem| problem.to_string())?;
        let Some(last) = rows.last() else { break };
        behind = last.sequence;
        for row in &rows {
            writeln!(output, "{}", serde_json::to_string(row)?)?;
        }
    }
    output.flush()?;
    db.close().await;
    Ok(())
}
