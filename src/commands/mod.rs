//! What the program can be told to do.

mod audit;
mod demo;
mod keys;
mod logging;
mod outside;
mod retention;
mod server;

pub use demo::DemoArguments;
pub use keys::KeysCommand;
pub use server::{Server, start};

use std::io::IsTerminal as _;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use crate::access::{self, Role};
use crate::app;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::public_url::PublicUrl;
use crate::platform::values::Username;
use crate::problem::{Language, Problem};

/// The backend of a county's volunteer service 红马甲：县域志愿服务后端
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API.
    Serve(Config),
    /// Load the demo county, play one order from placement to close, and go on serving.
    Demo(DemoArguments),
    /// Ask a running instance whether it lives: for the health check of a container.
    Health(Config),
    /// Bring the database up to date and end.
    Migrate(Config),
    /// Administrators of the installation.
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// The keys of the installation.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// The audit: who did what.
    Audit {
        #[command(subcommand)]
        command: audit::AuditCommand,
    },
    /// What of what is kept has passed its time.
    Retention {
        #[command(subcommand)]
        command: retention::RetentionCommand,
    },
    /// Print the contract that the code makes.
    Openapi,
}

/// What an administrator administers.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Administers {
    /// The installation.
    Administrator,
    /// Its security: roles, partners, keys and sign-ins.
    SecurityAdministrator,
    /// Its audit, which he reads; he does nothing else.
    AuditAdministrator,
}

impl From<Administers> for Role {
    fn from(what: Administers) -> Self {
        match what {
            Administers::Administrator => Self::Administrator,
            Administers::SecurityAdministrator => Self::SecurityAdministrator,
            Administers::AuditAdministrator => Self::AuditAdministrator,
        }
    }
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Create an administrator of the whole installation, of its security or of its audit; the password is read
    /// from the environment, from a pipe, or asked for without showing it.
    Create {
        #[command(flatten)]
        config: Config,
        /// What he signs in with.
        #[arg(long)]
        username: String,
        /// Of what.
        #[arg(long, value_enum, default_value_t = Administers::Administrator)]
        role: Administers,
        /// His password.
        #[arg(env = "REDVEST_ADMIN_PASSWORD", hide_env_values = true, hide = true, long)]
        password: Option<String>,
    },
}

/// How long the health check waits for an answer.
const HEALTH_WAIT: Duration = Duration::from_secs(2);

/// Why a command ended early: said to the person who gave it.
pub type CommandError = Box<dyn std::error::Error>;

/// Does what the command line says.
///
/// # Errors
/// A sentence for the person who started the program.
pub async fn run(arguments: Arguments) -> Result<(), CommandError> {
    match arguments.command {
        Command::Serve(config) => serve(&config).await,
        Command::Demo(arguments) => demo::run(&arguments).await,
        Command::Health(config) => health(&config).await,
        Command::Migrate(config) => migrate(&config).await,
        Command::Admin { command } => create_administrator(command).await,
        Command::Keys { command } => keys::run(&command).await,
        Command::Audit { command } => audit::run(command).await,
        Command::Retention { command } => retention::run(command).await,
        Command::Openapi => print_contract(),
    }
}

async fn serve(config: &Config) -> Result<(), CommandError> {
    logging::start();
    warn_of_public_url(config.public_url.as_ref());
    let sender = outside::sender(&config.outside, &Clock::System)?;
    start(config, sender, Clock::System).await?.until_stopped().await
}

/// One instance serves well without it, so it is no reason not to serve.
fn warn_of_public_url(given: Option<&PublicUrl>) {
    match given {
        None => log::warn!(
            "no --public-url: tokens name the address to listen on, and are refused by an instance that listens on another"
        ),
        Some(url) if !url.is_secure() => {
            log::warn!("--public-url is not https: whoever is on the way reads the tokens");
        }
        Some(_) => {}
    }
}

async fn health(config: &Config) -> Result<(), CommandError> {
    let address = reachable(&config.listen);
    let client = reqwest::Client::builder().no_proxy().timeout(HEALTH_WAIT).build()?;
    let answer = client.get(format!("http://{address}/healthz")).send().await?;
    answer.error_for_status()?;
    Ok(())
}

/// The address under which a listener can be reached from the same machine.
pub(crate) fn reachable(listen: &str) -> String {
    match listen.rsplit_once(':') {
        Some(("0.0.0.0" | "[::]", port)) => format!("127.0.0.1:{port}"),
        _ => listen.to_owned(),
    }
}

async fn migrate(config: &Config) -> Result<(), CommandError> {
    logging::start();
    let db = Db::open(&config.database(), config.database_connections).await?;
    db.close().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command speaks to the person at the terminal")]
async fn create_administrator(command: AdminCommand) -> Result<(), CommandError> {
    let AdminCommand::Create { config, username, role, password } = command;
    let username = Username::parse(&username).map_err(|(code, _)| format!("user name: {code}"))?;
    let password = match password {
        Some(password) => password,
        None => ask("Password: ")?,
    };
    let db = Db::open(&config.database(), config.database_connections).await?;
    db.write(async |tx| {
        access::create_administrator(tx, &Clock::System, &username, &password, role.into()).await
    })
    .await
    .map_err(|problem| in_words(&problem))?;
    db.close().await;
    println!("{} can sign in now.", username.as_str());
    Ok(())
}

/// What a problem says to the person at the terminal.
fn in_words(problem: &Problem) -> String {
    let body = problem.body(Language::English, "");
    let fields = body.errors.iter().map(|field| format!("; {} {}", field.pointer, field.detail));
    format!("{}{}", body.title, fields.collect::<String>())
}

/// Asks for a secret: at the terminal, without showing what is typed; of a script,
/// the first line of what it pipes in.
fn ask(question: &str) -> Result<String, CommandError> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return Ok(rpassword::prompt_password(question)?);
    }
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

#[expect(clippy::print_stdout, reason = "the contract goes where the caller sends it")]
fn print_contract() -> Result<(), CommandError> {
    println!("{}", serde_json::to_string_pretty(&app::generated_contract())?);
    Ok(())
}
