//! `redvest keys`: the keys that access tokens are signed with, and those that personal data
//! is sealed with.

use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::{CommandError, in_words};
use crate::access::{self, KeyStatus, SigningKey};
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::{Db, OpenError};
use crate::platform::vault;

/// What can be done with the keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Say which keys there are, and since when.
    List(Config),
    /// Let the next key sign: the current one only verifies until its tokens have lapsed, and
    /// a new next one is published. Instances that serve take it up by themselves; nobody is
    /// signed out.
    Rotate {
        /// Where the database is.
        #[command(flatten)]
        config: Config,
        /// Another key that personal data is sealed with, instead. What was sealed before is
        /// sealed anew while everything runs.
        #[arg(long)]
        data: bool,
    },
}

/// Does it, and says how the keys stand then.
///
/// # Errors
/// A sentence for the person who gave the command.
pub async fn run(command: &KeysCommand) -> Result<(), CommandError> {
    if let KeysCommand::Rotate { config, data: true } = command {
        return rotate_data_key(config).await;
    }
    let (KeysCommand::List(config) | KeysCommand::Rotate { config, .. }) = command;
    let db = Db::open(&config.database(), config.database_connections).await.map_err(not_opened)?;
    vault::unlock(&db, &config.master_key(), config.cipher, &Clock::System).await?;
    let rotates = matches!(command, KeysCommand::Rotate { .. });
    let keys = db
        .write(async |tx| {
            if rotates {
                access::rotate_signing_keys(tx, &Clock::System).await
            } else {
                access::signing_keys(tx).await
            }
        })
        .await
        .map_err(|problem| in_words(&problem))?;
    db.close().await;
    keys.iter().for_each(say);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command speaks to the person at the terminal")]
async fn rotate_data_key(config: &Config) -> Result<(), CommandError> {
    let db = Db::open(&config.database(), config.database_connections).await?;
    let number = vault::rotate(&db, &config.master_key(), config.cipher, &Clock::System).await?;
    db.close().await;
    println!(
        "Data key {number} is made. It seals a minute after every instance runs, and what was sealed before is sealed anew while they serve."
    );
    Ok(())
}

/// A SQLite file that is served belongs to the process that serves it.
fn not_opened(error: OpenError) -> CommandError {
    match error {
        OpenError::InUse(_) => {
            format!("{error}. While it serves, an administrator of the whole installation sees the keys at GET /api/v1/signing-keys and rotates them by POST /api/v1/signing-keys/rotate").into()
        }
        other => other.into(),
    }
}

#[expect(clippy::print_stdout, reason = "a command speaks to the person at the terminal")]
fn say(key: &SigningKey) {
    let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ");
    let (status, words) = match key.status {
        KeyStatus::Current => {
            ("current", key.activated_at.map(|at| format!("signs since {}", time(at))))
        }
        KeyStatus::Next => ("next", Some(format!("is published since {}", time(key.created_at)))),
        KeyStatus::Previous => {
            ("previous", key.verifies_until().map(|at| format!("verifies until {}", time(at))))
        }
    };
    println!("{status:<8} {} {}", key.key_id, words.unwrap_or_default());
}
