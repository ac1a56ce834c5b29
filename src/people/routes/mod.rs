//! The operations on what is kept of oneself.

mod deletion;
mod export;
mod requests;
mod retention;

use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    export::configure(config);
    deletion::configure(config);
    requests::configure(config);
    retention::configure(config);
}
