//! Passwords: argon2id (19 MiB, two passes), computed off the request threads.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Argon2, Params};

use tokio::sync::Semaphore;

use crate::problem::{Code, FieldCode, Problem};

/// The least number of characters (domain.md 2.8 asks for 8; longer is stronger
/// than any rule about kinds of characters).
const LEAST_LENGTH: usize = 10;
/// The least number of different characters.
const LEAST_VARIETY: usize = 5;

/// How many passwords are computed at a time: each takes 19 MiB, and the requests
/// that need none shall keep a processor.
static AT_A_TIME: Semaphore = Semaphore::const_new(2);

/// Runs a computation of this room off the request threads, a few at a time.
///
/// # Errors
/// `unavailable` when the process is ending.
pub async fn off_the_request_threads<T: Send + 'static>(
    compute: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let unavailable = |error: String| Problem::of(Code::Unavailable).because(error);
    let _turn = AT_A_TIME.acquire().await.map_err(|error| unavailable(error.to_string()))?;
    tokio::task::spawn_blocking(compute).await.map_err(|error| unavailable(error.to_string()))
}

/// Hashes a password.
///
/// # Errors
/// `internal` when the algorithm refuses its parameters.
pub fn hash(password: &str) -> Result<String, Problem> {
    argon2()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Problem::of(Code::Internal).because(error.to_string()))
}

/// Whether the password belongs to the hash. Without a hash, as much time goes
/// by as with one, so that nobody learns which user names exist.
#[must_use]
pub fn matches(password: &str, hash: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cmVkdmVzdC1ub2JvZHk$bFVRYV7Ih/4O3kRcrA6ZWTbzJdeytiDIXkfYCqrSHLg";
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY));
    let verified =
        parsed.is_ok_and(|parsed| argon2().verify_password(password.as_bytes(), &parsed).is_ok());
    verified && hash.is_some()
}

/// Refuses a password that is short, monotonous or the user name.
///
/// # Errors
/// `invalid_request` that names the field.
pub fn require_strength(pointer: &str, password: &str, username: &str) -> Result<(), Problem> {
    let mut different: Vec<char> = password.chars().collect();
    let length = different.len();
    different.sort_unstable();
    different.dedup();
    let weakness = if length < LEAST_LENGTH {
        Some("10+")
    } else if different.len() < LEAST_VARIETY {
        Some("aaaaaaaaaa")
    } else if password.to_lowercase().contains(&username.to_lowercase()) {
        Some("username")
    } else {
        None
    };
    match weakness {
        None => Ok(()),
        Some(why) => {
            Err(Problem::of(Code::InvalidRequest).and_field(pointer, FieldCode::TooWeak, why))
        }
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, Params::default())
}
