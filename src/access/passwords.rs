//! Passwords: argon2id (19 MiB, two passes), computed off the request threads.
//!
//! A good password is long and hard to guess (NIST SP 800-63B); which kinds of characters it
//! has is nobody's business. How hard it is to guess, `zxcvbn` estimates.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Argon2, Params};

use tokio::sync::{Semaphore, SemaphorePermit};
use zxcvbn::Score;

use crate::platform::values::NewPassword;
use crate::problem::{Code, FieldCode, Problem};

/// What people here put into passwords, and the dictionaries of the estimator do not
/// know: "I love you" and "forever" in letters and digits, lucky numbers, the way to type
/// down a keyboard, and the words of this very service.
const LOCAL_HABITS: &[&str] = &[
    "woaini",
    "woaiwojia",
    "wodemima",
    "mima",
    "nihao",
    "zhongguo",
    "beijing",
    "5201314",
    "520520",
    "1314520",
    "7758521",
    "147258369",
    "123456789a",
    "1qaz2wsx",
    "qazwsxedc",
    "88888888",
    "66666666",
    "admin",
    "guanliyuan",
    "zhiyuan",
    "zhiyuanzhe",
    "zhiyuanfuwu",
    "fuwu",
    "hongmajia",
    "redvest",
    "wenming",
    "wenmingshijian",
    "shijian",
    "zhongxin",
    "diandan",
    "paidan",
    "红马甲",
    "志愿者",
    "志愿服务",
    "文明实践",
    "管理员",
    "密码",
];

/// How many passwords are computed at a time: each takes 19 MiB, and the requests
/// that need none shall keep a processor.
const COMPUTED: usize = 2;
static AT_A_TIME: Semaphore = Semaphore::const_new(COMPUTED);
/// How many more may wait for that, which is a few seconds' work. A flood beyond is
/// told to come back, instead of being kept until nobody waits for the answer.
const WAITING: usize = 128;
static WITHIN_REACH: Semaphore = Semaphore::const_new(COMPUTED + WAITING);

/// A place in the line of those whose passwords are computed.
pub struct Place(SemaphorePermit<'static>);

/// Takes a place in the line, before anything else is done for somebody who would not
/// get one.
///
/// # Errors
/// `unavailable` when too many wait already.
pub fn line_up() -> Result<Place, Problem> {
    WITHIN_REACH.try_acquire().map(Place).map_err(|error| unavailable(&error))
}

impl Place {
    /// Runs a computation of this room off the request threads, when it is its turn.
    ///
    /// # Errors
    /// `unavailable` when the process is ending.
    pub async fn compute<T: Send + 'static>(
        self,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = AT_A_TIME.acquire().await.map_err(|error| unavailable(&error))?;
        let computed = tokio::task::spawn_blocking(compute).await;
        drop(self.0);
        computed.map_err(|error| unavailable(&error))
    }
}

fn unavailable(error: &impl ToString) -> Problem {
    Problem::of(Code::Unavailable).because(error.to_string())
}

/// Runs a computation of this room off the request threads, a few at a time.
///
/// # Errors
/// `unavailable` when too many wait already, or the process is ending.
pub async fn off_the_request_threads<T: Send + 'static>(
    compute: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    line_up()?.compute(compute).await
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

/// Whom a password is for: whatever of this stands in it makes it easier to guess.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// What he signs in with.
    pub username: &'a str,
    /// How he is addressed.
    pub name: &'a str,
    /// Where he works.
    pub organization: &'a str,
}

/// Refuses a password that is easy to guess: for anybody, or for whoever knows its holder.
/// Takes milliseconds of computing.
///
/// # Errors
/// `invalid_request` that names the field.
pub fn require_strength(
    pointer: &str,
    password: &NewPassword,
    holder: Holder<'_>,
) -> Result<(), Problem> {
    let typed = password.as_str().to_lowercase();
    let username = holder.username.to_lowercase();
    let parts = [holder.username, holder.name, holder.organization]
        .into_iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([text]))
        .filter(|part| !part.is_empty());
    let known: Vec<&str> = parts.chain(LOCAL_HABITS.iter().copied()).collect();
    let guessed = zxcvbn::zxcvbn(password.as_str(), &known).score() < Score::Three;
    if guessed || typed.contains(&username) {
        return Err(Problem::field(pointer, FieldCode::TooWeak));
    }
    Ok(())
}

fn argon2() -> Argon2<'static> {
    Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, Params::default())
}
