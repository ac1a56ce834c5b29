//! Serving: the HTTP server and the jobs, from start to a clean end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{CommandError, outside, reachable};
use crate::access::CodeSender;
use crate::app::{self, Settings, Wired};
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::http::origin::Proxies;
use crate::platform::public_url::PublicUrl;
use crate::platform::vault;

/// How long running requests are waited for at the end, in seconds.
const SHUTDOWN_SECONDS: u64 = 10;

/// A process that serves.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it serves with.
    pub wired: Wired,
    db: Db,
    handle: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    sweeping: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

/// Opens the database, wires the program and begins to serve.
///
/// # Errors
/// A sentence that says what could not be opened.
pub async fn start(
    config: &Config,
    sender: Arc<dyn CodeSender>,
    clock: Clock,
) -> Result<Server, CommandError> {
    let settings = settings_of(config)?;
    let db = Db::open(&config.database(), config.database_connections).await?;
    vault::unlock(&db, &config.master_key(), config.cipher, &clock).await?;
    let wired = app::wire(db.clone(), clock, sender, settings).await?;
    let (stop, stopped) = watch::channel(false);
    let sweeping = actix_web::rt::spawn(sweep(wired.clone(), config.sweep_milliseconds, stopped));
    let serve = wired.clone();
    let mut server = HttpServer::new(move || app::application(serve.clone()))
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .client_request_timeout(Duration::from_secs(15))
        .disable_signals();
    if let Some(workers) = config.workers {
        server = server.workers(workers.max(1));
    }
    let server = server
        .bind(&config.listen)
        .map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    let address = server.addrs().first().copied().ok_or("no address to listen on")?;
    let server = server.run();
    log::info!(engine = db.engine_name(); "listening on http://{address}");
    Ok(Server {
        address,
        wired,
        db,
        handle: server.handle(),
        serving: actix_web::rt::spawn(server),
        sweeping,
        stop,
    })
}

fn settings_of(config: &Config) -> Result<Settings, CommandError> {
    let own = || PublicUrl::over_http(&reachable(&config.listen));
    Ok(Settings {
        public_url: config.public_url.clone().unwrap_or_else(own),
        tells_statements: config.server_timing,
        requests_per_minute: config.requests_per_minute,
        proxies: Proxies(config.proxies),
        allowed_origins: config.allowed_origins.clone(),
        deletion_days: Some(config.deletion_days),
        duties_apart: config.duties_apart,
        sign_in_times: config.sign_in_times,
        code_limits: config.code_limits,
        audit_digest: config.audit_digest,
        wechat: outside::wechat(&config.outside)?,
        real_name: outside::real_name(&config.outside)?,
    })
}

async fn sweep(wired: Wired, milliseconds: u64, stopped: watch::Receiver<bool>) {
    let pause = Duration::from_millis(milliseconds.max(10));
    wired.jobs.run_until(&wired.gate, pause, stopped).await;
}

impl Server {
    /// Serves until SIGTERM or Ctrl-C, then ends cleanly.
    ///
    /// # Errors
    /// When signals cannot be listened to, or the server broke.
    pub async fn until_stopped(self) -> Result<(), CommandError> {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        self.stop().await
    }

    /// Finishes what runs, hands back the leases and closes the database.
    ///
    /// # Errors
    /// When the server broke.
    pub async fn stop(self) -> Result<(), CommandError> {
        log::info!("stopping: running requests are finished first");
        let _ = self.stop.send(true);
        self.handle.stop(true).await;
        let served = self.serving.await?;
        self.sweeping.await?;
        self.db.close().await;
        served?;
        Ok(())
    }
}
