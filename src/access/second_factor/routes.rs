//! Setting up a second factor, and taking it away.

use actix_web::web::Data;
use actix_web::{HttpRequest, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{BeginSecondFactor, RecoveryCodes, SecondFactorSecret, ShowSecondFactor};
use super::policy::{Change, SetUp};
use super::totp::{self, Secret};
use super::{Shown, digest_of, show, store};
use crate::access::Actor;
use crate::access::actor::SecondFactor;
use crate::access::gate::{Caller, Command, Gate, NoId, Work};
use crate::access::lockout::{self, Tried};
use crate::access::proof::{Asker, Credentials};
use crate::ids::AccountId;
use crate::platform::crypto;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::journal::Fact;
use crate::problem::{Code, FieldCode, Problem};

/// How many recovery codes there are at a time.
const RECOVERY_CODES: usize = 10;

/// Mounts the operations on second factors.
pub fn configure(config: &mut ServiceConfig) {
    config.service(begin).service(confirm).service(renew_recovery_codes).service(remove);
}

/// Begin to set up my second factor 启用动态口令
///
/// The secret goes into an authenticator app, whose first code turns it on. One that is on
/// is removed first.
#[utoipa::path(tag = "access", operation_id = "secondFactorBegin",
    request_body = BeginSecondFactor, responses((status = 200, body = SecondFactorSecret)))]
#[post("/me/second-factor")]
async fn begin(
    gate: Data<Gate>,
    command: Command<BeginSecondFactor>,
    request: HttpRequest,
) -> Reply {
    let own = command.caller.actor.account_id;
    let proven = if command.is_repeated() {
        None
    } else {
        let credentials = Credentials::of(&gate, own).await?;
        let password = command.body.password.clone();
        let asker = Asker { gate: &gate, request: &request, actor: &command.caller.actor };
        let tried = credentials.prove(&asker, password, "/password").await?;
        Some((credentials, tried))
    };
    let secret: Secret = crypto::random_bytes();
    command
        .on::<SetUp>(NoId, async |work, _, _, _| {
            let proven = proven.as_ref().ok_or_else(|| Problem::of(Code::Internal))?;
            let (credentials, tried) = proven;
            lockout::forgive(work, tried).await?;
            store::begin(work.tx, own, &secret).await?;
            work.record(fact("second_factor.begun.v1", own));
            let shown = SecondFactorSecret {
                secret: Some(crypto::base32(&secret)),
                uri: Some(totp::uri(&secret, &credentials.username)),
            };
            Answer::ok(&SecondFactorSecret { secret: None, uri: None })?.showing_once(&shown)
        })
        .await
}

/// Turn my second factor on 确认动态口令
///
/// With the first code that the app shows. The recovery codes are in this answer and
/// nowhere else.
#[utoipa::path(tag = "access", operation_id = "secondFactorConfirm",
    request_body = ShowSecondFactor, responses((status = 200, body = RecoveryCodes)))]
#[post("/me/second-factor/confirm")]
async fn confirm(
    gate: Data<Gate>,
    command: Command<ShowSecondFactor>,
    request: HttpRequest,
) -> Reply {
    let tried = tried(&gate, &command, &request).await?;
    let actor = command.caller.actor.clone();
    let reply = command
        .on::<SetUp>(NoId, async |work, _, caller, body| {
            let own = caller.actor.account_id;
            let secret = store::secret_waiting(work.tx, own).await?;
            let secret = secret.ok_or_else(|| Problem::of(Code::NotPossible).about("not_begun"))?;
            let step = totp::step_of(&secret, body.code.as_str(), work.now);
            let step = step.ok_or_else(wrong_code)?;
            if !store::confirm(work.tx, own, work.now, step).await? {
                return Err(Problem::of(Code::ChangedMeanwhile));
            }
            forgive(work, tried.as_ref()).await?;
            work.record(fact("second_factor.confirmed.v1", own));
            fresh_codes(work, own).await
        })
        .await;
    with_wrong_code_written_down(&gate, &request, &actor, tried.as_ref(), reply).await
}

/// Make new recovery codes 更换恢复码
#[utoipa::path(tag = "access", operation_id = "recoveryCodesRenew",
    request_body = ShowSecondFactor, responses((status = 200, body = RecoveryCodes)))]
#[post("/me/second-factor/recovery-codes")]
async fn renew_recovery_codes(
    gate: Data<Gate>,
    command: Command<ShowSecondFactor>,
    request: HttpRequest,
) -> Reply {
    change(&gate, command, &request, async |work, own| {
        work.record(fact("recovery_codes.renewed.v1", own));
        fresh_codes(work, own).await
    })
    .await
}

/// Remove my second factor 停用动态口令
///
/// Where a node demands one, another has to be set up before anything else is done.
#[utoipa::path(tag = "access", operation_id = "secondFactorRemove",
    request_body = ShowSecondFactor, responses((status = 204)))]
#[post("/me/second-factor/remove")]
async fn remove(
    gate: Data<Gate>,
    command: Command<ShowSecondFactor>,
    request: HttpRequest,
) -> Reply {
    change(&gate, command, &request, async |work, own| {
        store::remove(work.tx, own).await?;
        work.record(fact("second_factor.removed.v1", own));
        Ok(Answer::no_content())
    })
    .await
}

/// Lets whoever shows the second factor that he has change it. What he shows counts as a try.
async fn change(
    gate: &Gate,
    command: Command<ShowSecondFactor>,
    request: &HttpRequest,
    mut change: impl AsyncFnMut(&mut Work<'_>, AccountId) -> Result<Answer, Problem>,
) -> Reply {
    let tried = tried(gate, &command, request).await?;
    let actor = command.caller.actor.clone();
    let reply = command
        .on::<Change>(NoId, async |work, _, caller, body| {
            require_shown(work, caller, body).await?;
            forgive(work, tried.as_ref()).await?;
            change(work, caller.actor.account_id).await
        })
        .await;
    with_wrong_code_written_down(gate, request, &actor, tried.as_ref(), reply).await
}

/// Counts a code that is tried. A request that was answered already tries nothing, nor does
/// one where there is nothing to guess.
async fn tried(
    gate: &Gate,
    command: &Command<ShowSecondFactor>,
    request: &HttpRequest,
) -> Result<Option<Tried>, Problem> {
    if command.is_repeated() || !may_guess(gate, &command.caller.actor).await? {
        return Ok(None);
    }
    let credentials = Credentials::of(gate, command.caller.actor.account_id).await?;
    let asker = Asker { gate, request, actor: &command.caller.actor };
    Ok(Some(credentials.count_try(&asker).await?))
}

/// Whether he has a second factor, or one that waits for its first code.
async fn may_guess(gate: &Gate, actor: &Actor) -> Result<bool, Problem> {
    if actor.second_factor == SecondFactor::On {
        return Ok(true);
    }
    let mut tx = gate.read_without_permit("own second factor").await?;
    Ok(store::secret_waiting(&mut tx, actor.account_id).await?.is_some())
}

/// The same answer, after the audit has heard of a code that was wrong.
async fn with_wrong_code_written_down(
    gate: &Gate,
    request: &HttpRequest,
    actor: &Actor,
    tried: Option<&Tried>,
    reply: Reply,
) -> Reply {
    let was_wrong = reply.as_ref().is_err_and(|problem| problem.code() == Code::InvalidRequest);
    if let (true, Some(tried)) = (was_wrong, tried) {
        Asker { gate, request, actor }.write_down("second_factor", tried).await?;
    }
    reply
}

async fn forgive(work: &mut Work<'_>, tried: Option<&Tried>) -> Result<(), Problem> {
    match tried {
        Some(tried) => lockout::forgive(work, tried).await,
        None => Ok(()),
    }
}

/// Whoever changes how he signs in shows the second factor that he has.
async fn require_shown(
    work: &mut Work<'_>,
    caller: &Caller,
    body: &ShowSecondFactor,
) -> Result<(), Problem> {
    let code = Some(body.code.as_str());
    match show(work.tx, caller.actor.account_id, code, work.now).await? {
        Shown::Good => Ok(()),
        Shown::NotNeeded => Err(Problem::of(Code::NotPossible).about("off")),
        Shown::Nothing | Shown::Wrong => Err(wrong_code()),
    }
}

fn wrong_code() -> Problem {
    Problem::field("/code", FieldCode::WrongCode)
}

/// New recovery codes in the place of those before, shown this once.
async fn fresh_codes(work: &mut Work<'_>, own: AccountId) -> Result<Answer, Problem> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| fresh_code()).collect();
    let digests: Vec<String> = codes.iter().map(|code| digest_of(code)).collect();
    store::replace_recovery_codes(work.tx, own, &digests).await?;
    let shown = RecoveryCodes { codes: Some(codes) };
    Answer::ok(&RecoveryCodes { codes: None })?.showing_once(&shown)
}

/// Eighty random bits, in groups that can be copied by hand.
fn fresh_code() -> String {
    let letters = crypto::base32(&crypto::random_bytes::<10>()).to_lowercase();
    let letters: Vec<char> = letters.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

fn fact(name: &'static str, own: AccountId) -> Fact {
    Fact { name, demand_id: None, subject_id: own.0, reason: None, data: serde_json::json!({}) }
}
