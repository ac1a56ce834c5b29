//! `redvest demo`: everything at once, for a first look.

use std::sync::Arc;

use clap::Args;

use super::{CommandError, logging, reachable, start};
use crate::access::FixedCode;
use crate::demo::county::TEAM_COUNT;
use crate::demo::{self, Manifest};
use crate::platform::clock::Clock;
use crate::platform::config::{CodeLimits, Config};

/// The settings of `demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    #[command(flatten)]
    config: Config,
    /// How many synthetic volunteers the county has, at least two for each team; Pingyang has 235000.
    #[arg(long, default_value_t = 5_000)]
    volunteers: usize,
    /// How many teams it has.
    #[arg(long, default_value_t = TEAM_COUNT)]
    teams: usize,
}

/// Loads, plays, and serves until it is stopped.
///
/// # Errors
/// A sentence for the person who started it.
pub async fn run(arguments: &DemoArguments) -> Result<(), CommandError> {
    logging::start_quietly();
    // The code is the same for everybody and sent to nobody.
    let config = &Config { code_limits: CodeLimits::NONE, ..arguments.config.clone() };
    std::fs::create_dir_all(&config.data_dir)?;
    let path = config.data_dir.join("demo.json");
    let server = start(config, Arc::new(FixedCode(demo::CODE)), Clock::System).await?;
    let teams = arguments.teams.max(1);
    // The order is played by people of the team: each needs a leader and a member.
    let volunteers = arguments.volunteers.max(teams * 2);
    let loaded = demo::load(&server.wired.gate, teams, volunteers).await?;
    let mut manifest = match loaded {
        Some(loaded) => {
            let [organizations, teams, items, people] = loaded.counts;
            say(&format!(
                "Loaded Pingyang 平阳县: {organizations} organizations, {teams} teams, {items} items on the menu, {people} synthetic volunteers."
            ));
            loaded.manifest
        }
        None => Manifest::read(&path).ok_or_else(|| {
            format!(
                "the database is loaded, but {} is missing: begin anew with an empty data folder, or an empty database on PostgreSQL",
                path.display()
            )
        })?,
    };
    manifest.base_url = format!("http://{}", reachable(&server.address.to_string()));
    manifest.write(&path)?;
    // A story that cannot be told is no reason not to serve.
    if let Err(error) = demo::play(&mut manifest, teams, &mut |line| say(&line)).await {
        say(&format!("The order could not be played to its end: {error}"));
    }
    manifest.write(&path)?;
    say(&format!("Who can sign in as what is in {}.", path.display()));
    say(&format!("Serving {0}; the contract is at {0}/docs/. Ctrl-C ends it.", manifest.base_url));
    server.until_stopped().await
}

#[expect(clippy::print_stdout, reason = "the demo speaks to the person at the terminal")]
fn say(line: &str) {
    println!("{line}");
}
