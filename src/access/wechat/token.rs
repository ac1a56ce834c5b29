//! The token with which the program itself speaks to WeChat: one for all instances, kept in
//! the database and fetched by one of them at a time.
//!
//! It is fetched anew some minutes before it ends; until then whoever does not hold the lease
//! goes on with the present one, and so does everybody when WeChat does not answer just then.
//! When WeChat does not accept it any more, its present one is asked for; only if that is the
//! very one it has refused is a new one forced, which WeChat allows twenty times a day.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::client::{ToldPhone, WeChat};
use super::domain::Refusal;
use super::store::{self, KeptToken};
use crate::access::counts::{self, Limit};
use crate::access::gate::Gate;
use crate::platform::jobs;
use crate::platform::values::{Phone, WeChatCode};
use crate::problem::{FieldCode, Problem};

/// How long before its end a token is replaced.
const EARLY: Duration = Duration::minutes(10);
/// How long one instance has for fetching one: longer than it usually waits for WeChat, to
/// whom it does no harm to be asked by two.
const LEASE: Duration = Duration::seconds(20);
/// How often the others look whether it is there.
const LOOKS: u32 = 25;
/// How long they wait between two looks.
const BETWEEN_LOOKS: std::time::Duration = std::time::Duration::from_millis(200);
/// How often a new token may be forced.
const FORCED: [(u32, Duration); 2] = [(1, Duration::seconds(30)), (20, Duration::hours(24))];
/// The country whose phones there are.
const CHINA: &str = "86";

/// The phone of whoever has got this code from `getPhoneNumber`.
///
/// # Errors
/// The problems of [`Refusal::problem`], that of the field where it is no phone of this
/// country, or `wechat_unavailable`.
pub async fn phone_of(gate: &Gate, wechat: &WeChat, code: &WeChatCode) -> Result<Phone, Problem> {
    const POINTER: &str = "/phoneCode";
    let token = good_token(gate, wechat, None).await?;
    let told = match wechat.phone(&token, code).await? {
        Err(Refusal::Token) => {
            let token = good_token(gate, wechat, Some(&token)).await?;
            wechat.phone(&token, code).await?
        }
        told => told,
    };
    let ToldPhone { country, number } = told.map_err(|refusal| refusal.problem(POINTER))?;
    let phone = Phone::parse(&number).ok().filter(|_| country == CHINA);
    phone.ok_or_else(|| Problem::field(POINTER, FieldCode::NotAPhone))
}

/// A token that is good, and is not the one that WeChat has `rejected`.
async fn good_token(
    gate: &Gate,
    wechat: &WeChat,
    rejected: Option<&str>,
) -> Result<String, Problem> {
    for _ in 0..LOOKS {
        let now = gate.clock().now();
        let kept = kept(gate, wechat).await?;
        if let Some(kept) = kept.filter(|kept| kept.is_good(now + EARLY, rejected)) {
            return Ok(kept.token);
        }
        let owner = gate.clock().new_id();
        let leased = lease(gate, wechat, owner).await?;
        // Looked at anew behind the lease, and not in the same transaction, which may see the
        // token as it was before: whoever held the lease has kept what he fetched by now.
        let kept = self::kept(gate, wechat).await?.filter(|kept| kept.is_good(now, rejected));
        match kept {
            Some(kept) if !leased => return Ok(kept.token),
            kept if leased => return replace(gate, wechat, owner, kept, rejected).await,
            _ => tokio::time::sleep(BETWEEN_LOOKS).await,
        }
    }
    Err(wechat.unavailable(1).because("another instance has not fetched the token in time"))
}

/// The token that is kept, as it is committed now.
async fn kept(gate: &Gate, wechat: &WeChat) -> Result<Option<KeptToken>, Problem> {
    let mut tx = gate.read_without_permit("token of WeChat").await?;
    let kept = store::find_token(&mut tx, wechat.appid()).await?;
    tx.finish();
    Ok(kept)
}

/// Takes the lease.
async fn lease(gate: &Gate, wechat: &WeChat, owner: Uuid) -> Result<bool, Problem> {
    let name = format!("wechat token {}", wechat.appid());
    gate.without_permit("token of WeChat", async |work| {
        let until = work.now + LEASE;
        jobs::store::lease(work.tx, &name, owner, work.now, until).await
    })
    .await
}

/// Fetches a token in the place of the one that is kept, if that is not fresh by now, and
/// gives the lease back. If WeChat does not answer, what is kept is good for some minutes yet.
async fn replace(
    gate: &Gate,
    wechat: &WeChat,
    owner: Uuid,
    kept: Option<KeptToken>,
    rejected: Option<&str>,
) -> Result<String, Problem> {
    let early = gate.clock().now() + EARLY;
    let good = match kept {
        Some(kept) if kept.is_good(early, rejected) => Ok(kept),
        kept => {
            let fetched = fetch(gate, wechat, rejected).await;
            fetched.or_else(|problem| good_for_now(kept, problem))
        }
    };
    gate.without_permit("token of WeChat", async |work| {
        if let Ok(good) = &good {
            store::save_token(work.tx, wechat.appid(), good).await?;
        }
        jobs::store::hand_back(work.tx, owner).await
    })
    .await?;
    good.map(|good| good.token)
}

/// What is kept, though it could not be replaced.
fn good_for_now(kept: Option<KeptToken>, problem: Problem) -> Result<KeptToken, Problem> {
    let Some(kept) = kept else { return Err(problem) };
    log::warn!("the token of WeChat could not be replaced yet: {problem}");
    Ok(kept)
}

async fn fetch(gate: &Gate, wechat: &WeChat, rejected: Option<&str>) -> Result<KeptToken, Problem> {
    let mut fetched = wechat.token(false).await?;
    if Some(fetched.token.as_str()) == rejected {
        count_forced(gate, wechat).await?;
        fetched = wechat.token(true).await?;
    }
    Ok(KeptToken { token: fetched.token, expires_at: gate.clock().now() + fetched.lasts })
}

async fn count_forced(gate: &Gate, wechat: &WeChat) -> Result<(), Problem> {
    let limit = |(most, within): (u32, Duration)| Limit {
        subject: format!("wechat token {} in {}", wechat.appid(), within.num_seconds()),
        most,
        within,
    };
    let limits = FORCED.map(limit);
    let counted = gate
        .without_permit("token of WeChat", async |work| counts::spend(work, &limits).await)
        .await;
    counted.map_err(|problem| match problem.seconds_to_wait() {
        Some(seconds) => wechat
            .unavailable(seconds.try_into().unwrap_or(i64::MAX))
            .because("a new token has been forced as often as WeChat allows"),
        None => problem,
    })
}

impl KeptToken {
    /// Whether it is good at this instant.
    fn is_good(&self, at: DateTime<Utc>, rejected: Option<&str>) -> bool {
        self.expires_at > at && rejected != Some(self.token.as_str())
    }
}
