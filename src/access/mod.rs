//! # Access: who is asking, and may they
//!
//! A person has one account and may wear several hats at once: resident,
//! volunteer, team leader, staff at some node of the tree. The token names the
//! person and the sign-in; the hats are looked up by one statement, and remembered
//! only as long as nobody's have changed ([`identities`]), so that a right taken away
//! is gone at once.
//!
//! Other systems ([`partners`]) read here too, with tokens that name their scopes: an
//! action says by [`Action::SCOPE`] which of them it takes, and without one none may.
//!
//! The permission is the key to the database. A handler never holds a `Db`: it
//! holds a [`Command`] or a [`Reader`], and gets a [`Work`] or a connection out
//! of it only for a named [`Action`] on a subject that has been loaded and
//! allowed. Refused and not even visible is `not_found`; refused and visible is
//! `forbidden`; that is decided in one place ([`gate`]).
//!
//! Who did what, and who was refused, is sealed and read in [`audit`]. What is masked is
//! shown whole by [`reveals`] alone.
//!
//! What people are told of their data is in [`privacy_notices`], what they agree to in [`consents`].

pub mod accounts;
mod actor;
pub mod audit;
pub mod births;
pub mod consents;
mod contract;
mod counts;
mod domain;
mod failures;
mod gate;
mod grants;
mod identities;
mod jobs;
mod lockout;
pub mod partners;
mod passwords;
mod phone_codes;
mod policy;
pub mod privacy_notices;
mod proof;
mod real_name;
mod reseal;
pub mod reveals;
mod routes;
mod second_factor;
mod senders;
mod sessions;
mod shared_limits;
mod signing_keys;
mod store;
mod tokens;
mod wechat;

pub use actor::{Actor, Tree};
pub use contract::{CreatedAccount, Me, NewStaff, SignedIn};
pub use counts::STATEMENTS as COUNT_STATEMENTS;
pub use domain::{OpenedAccount, PhoneHolder, Role};
pub use gate::{
    Action, AtHand, BodyLimit, Caller, Command, Gate, GateParts, NoId, Reader, Subject, Work,
};
pub use grants::{
    ACTIONS as GRANT_ACTIONS, Grant, GrantView, NewGrant, STATEMENTS as GRANT_STATEMENTS,
};
pub use jobs::{
    ForgetAnswers, ForgetAssertions, ForgetCodes, ForgetCounts, ForgetKeys, ForgetSessions,
    ForgetWaits,
};
pub use lockout::STATEMENTS as LOCKOUT_STATEMENTS;
pub use phone_codes::STATEMENTS as CODE_STATEMENTS;
pub use policy::{ACTIONS, Oneself};
pub use real_name::{
    ACTIONS as REAL_NAME_ACTIONS, HttpSource, NameSource, RealName, RealNameSettings,
    STATEMENTS as REAL_NAME_STATEMENTS, real_name_of,
};
pub use reseal::SealAnew;
pub use routes::configure;
pub use second_factor::{ACTIONS as SECOND_FACTOR_ACTIONS, STATEMENTS as SECOND_FACTOR_STATEMENTS};
pub use senders::{
    CodeMessage, CodePurpose, CodeSender, FixedCode, HttpSender, LogSender, PhoneProven,
    SmsSettings,
};
pub use sessions::{
    ACTIONS as SESSION_ACTIONS, STATEMENTS as SESSION_STATEMENTS, SessionPage, SessionView, SignIn,
    list_standing,
};
pub use shared_limits::ShareCounts;
pub use signing_keys::{
    ACTIONS as KEY_ACTIONS, KeyStatus, STATEMENTS as KEY_STATEMENTS, SigningKey,
};
pub use store::STATEMENTS;
pub use tokens::Tokens;
pub use wechat::{
    ACTIONS as WECHAT_ACTIONS, STATEMENTS as WECHAT_STATEMENTS, WeChat, WeChatSettings,
};

use self::passwords::Holder;
use crate::ids::{AccountId, OrganizationId};
use crate::platform::clock::Clock;
use crate::platform::db::Tx;
use crate::platform::journal::{self, Author};
use crate::platform::values::{NewPassword, Phone, Username};
use crate::problem::{Code, Problem};

/// Creates the first administrator of an installation, or its audit administrator, or one
/// more: at the machine itself, and in an account of its own.
///
/// # Errors
/// `already_exists` for a user name in use; `invalid_request` for a weak password.
pub async fn create_administrator(
    tx: &mut Tx,
    clock: &Clock,
    username: &Username,
    password: &str,
    role: Role,
) -> Result<AccountId, Problem> {
    let password = NewPassword::parse(password).map_err(|(code, limit)| {
        Problem::of(Code::InvalidRequest).and_field("/password", code, limit.to_string())
    })?;
    let holder = Holder { username: username.as_str(), name: "", organization: "" };
    passwords::require_strength("/password", &password, holder)?;
    let hash = passwords::hash(password.as_str())?;
    let account = OpenedAccount::staff(clock, username.as_str(), username, hash);
    store::insert_account(tx, &account).await?;
    let grant = Grant::platform(clock, account.account_id, role);
    grants::insert(tx, &grant).await?;
    let created = grant.fact("staff.created.v1");
    journal::record(tx, clock, clock.now(), &Author::console(), &[created], None).await?;
    Ok(account.account_id)
}

/// The keys that access tokens are signed with, as they stand.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn signing_keys(tx: &mut Tx) -> Result<Vec<SigningKey>, Problem> {
    signing_keys::all(tx).await
}

/// Lets the next signing key sign, by command of whoever runs the installation; gives all keys.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn rotate_signing_keys(tx: &mut Tx, clock: &Clock) -> Result<Vec<SigningKey>, Problem> {
    let now = clock.now();
    let keys = signing_keys::rotate(tx, now).await?;
    let fact = signing_keys::rotated(&keys);
    journal::record(tx, clock, now, &Author::system(), &[fact], None).await?;
    Ok(keys)
}

/// Opens a staff account with one role, there or everywhere: for the demo.
///
/// # Errors
/// `already_exists` for a user name in use.
pub async fn open_staff(
    work: &mut Work<'_>,
    name: &str,
    username: &Username,
    password: &str,
    organization_id: Option<OrganizationId>,
    role: Role,
) -> Result<(), Problem> {
    let account = OpenedAccount::staff(work.clock, name, username, passwords::hash(password)?);
    store::insert_account(work.tx, &account).await?;
    let everywhere = Grant::platform(work.clock, account.account_id, role);
    let grant = Grant { organization_id, ..everywhere };
    grants::insert(work.tx, &grant).await
}

/// Finds or opens the account of a phone number.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn account_of_phone(
    tx: &mut Tx,
    clock: &Clock,
    phone: &Phone,
    name: &str,
) -> Result<AccountId, Problem> {
    let account = OpenedAccount::resident(clock, name, phone);
    Ok(store::account_of_phone(tx, &account).await?.account_id)
}

/// The account of a phone number, if somebody has signed in with it.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn holder_of_phone(tx: &mut Tx, phone: &Phone) -> Result<Option<PhoneHolder>, Problem> {
    store::holder_of_phone(tx, phone).await
}

/// The telephone that an account signs in with, if it has one.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn phone_of(tx: &mut Tx, id: AccountId) -> Result<Option<String>, Problem> {
    store::phone_of(tx, id).await
}

/// Whether an account exists and is open.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn account_exists(tx: &mut Tx, id: AccountId) -> Result<bool, Problem> {
    store::account_exists(tx, id).await
}

/// Loads many accounts at once: for the demo and for imports.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn load_accounts(tx: &mut Tx, accounts: &[OpenedAccount]) -> Result<(), Problem> {
    store::insert_accounts(tx, accounts).await
}
