//! redvest 红马甲: `serve`, `demo`, `migrate`, `admin`, `keys`, `audit`, `openapi`.

use std::process::ExitCode;

use clap::Parser as _;
use redvest::commands::{Arguments, run};

#[actix_web::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("redvest: {error}");
            ExitCode::FAILURE
        }
    }
}
