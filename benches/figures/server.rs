//! The program as it runs in a county: a process of its own, so that its memory, its processor
//! time and its start are those of the program and not of the bench.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use redvest::access::FixedCode;
use redvest::commands;
use redvest::demo::CODE;
use redvest::platform::clock::Clock;
use redvest::platform::config::{CodeLimits, Config, OutsideSettings, SignInTimes};
use redvest::platform::crypto::Digest;
use redvest::platform::vault::{Secret, Suite};

use crate::http::{Client, request};
use crate::store::CONNECTIONS;

/// What personal data is sealed under, here.
pub const MASTER_KEY: &str = "a2V5IG9mIGEgY291bnR5IHRoYXQgaXMgbWFkZSB1cC4=";

/// Serves until standard input ends: whoever started this process holds its other end.
pub fn serve(url: &str) {
    actix_web::rt::System::new().block_on(async {
        let server =
            commands::start(&config(url), Arc::new(FixedCode(CODE)), Clock::System).await.unwrap();
        println!("{}", server.address);
        std::io::stdout().flush().unwrap();
        let (ended, end) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            drop(std::io::stdin().read_to_end(&mut Vec::new()));
            drop(ended);
        });
        drop(end.await);
        server.stop().await.unwrap();
    });
}

fn config(url: &str) -> Config {
    Config {
        database_url: Some(url.to_owned()),
        listen: "127.0.0.1:0".to_owned(),
        public_url: None,
        data_dir: PathBuf::new(),
        master_key_file: None,
        master_key: Some(Secret::new(MASTER_KEY)),
        cipher: Suite::default(),
        database_connections: CONNECTIONS,
        workers: Some(2),
        sweep_milliseconds: 1_000,
        requests_per_minute: 0,
        allowed_origins: Vec::new(),
        proxies: 0,
        server_timing: true,
        deletion_days: 7,
        duties_apart: false,
        sign_in_times: SignInTimes::default(),
        audit_digest: Digest::default(),
        code_limits: CodeLimits::NONE,
        outside: OutsideSettings::default(),
    }
}

/// A process that serves.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from its first instruction until it was ready.
    pub started_in: Duration,
}

/// What a process holds in memory, in MiB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// All of it (`VmRSS`).
    pub resident: f64,
    /// What is its own (`RssAnon`).
    pub own: f64,
    /// What are pages of files (`RssFile`): the system takes them back when it needs them.
    pub file: f64,
}

impl Server {
    /// Starts the program on this database and waits until it says that it is ready.
    pub async fn start(url: &str) -> Self {
        let begin = Instant::now();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--serve", url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address: SocketAddr = line.trim().parse().expect("the server says where it listens");
        let ready = request("GET", "/readyz", None, None);
        let mut client = Client::connect(address).await.unwrap();
        let status = client.send(&ready).await.unwrap().status;
        assert_eq!(status, 200, "the server is ready as soon as it listens");
        Self { child, address, started_in: begin.elapsed() }
    }

    /// What it holds in memory now.
    pub fn memory(&self) -> Memory {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let mebibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
            kibibytes.unwrap_or(0.0_f64) / 1_024.0
        };
        Memory {
            resident: mebibytes("VmRSS"),
            own: mebibytes("RssAnon"),
            file: mebibytes("RssFile"),
        }
    }

    /// The processor time that it has used so far, to a hundredth of a second.
    pub fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        Duration::from_millis(ticks * 10)
    }

    /// Ends it and waits until it is gone.
    pub fn stop(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
    }
}
