//! Agreeing, taking it back, and reading what one has said.

use actix_web::web::Data;
use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    ConsentPage, ConsentQuery, ConsentView, ConsentWithdrawal, NewConsent, RecordedConsent,
};
use super::domain::{Consent, ConsentSaid, Decision, Word};
use super::policy::{CounterAt, ListOwn, OwnConsents, Record, Say, Withdraw};
use super::{say, store};
use crate::access::privacy_notices::{self, PrivacyNotices, Published};
use crate::access::{self, Caller, Command, Reader, Work};
use crate::ids::{AccountId, ConsentId, OrganizationId, PrivacyNoticeId};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::problem::{Code, FieldCode, Problem};

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_own).service(give).service(withdraw).service(take_down);
}

/// What I have agreed to, and what I have taken back 我的同意记录
///
/// Every word, the latest first unless `order` says otherwise; those with `stands` hold. What staff
/// has written down is among them.
#[utoipa::path(tag = "privacy", operation_id = "consentListOwn", params(ConsentQuery),
    responses((status = 200, body = ConsentPage)))]
#[get("/me/consents")]
async fn list_own(reader: Reader, query: Query<ConsentQuery>) -> Reply {
    let query = query.0;
    reader
        .about::<ListOwn>(OwnConsents, async |tx, caller, _| {
            let own = caller.actor.account_id;
            let rows = store::list(tx, own, query.purpose, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, |one: &Consent| Cursor {
                at: one.decided_at,
                id: one.consent_id.0,
            });
            let shown = |one| ConsentView::of(one, caller.actor.tree());
            Answer::ok(&ConsentPage { items: rows.into_iter().map(shown).collect(), next })
        })
        .await
}

/// Agree to a privacy notice, or refuse it 同意或不同意告知
///
/// For oneself. Saying the same again changes nothing and answers with the word that stands. To
/// refuse `automated_matching` is to be left out of what the system chooses by itself.
#[utoipa::path(tag = "privacy", operation_id = "consentGive", request_body = NewConsent,
    responses((status = 201, body = ConsentView)))]
#[post("/me/consents")]
async fn give(
    command: Command<NewConsent>,
    listener: Data<dyn ConsentSaid>,
    notices: Data<PrivacyNotices>,
) -> Reply {
    command
        .about::<Say>(OwnConsents, async |work, _, caller, body| {
            require_channel(body.channel.is_of_oneself(), "app, mini_program, web, tv")?;
            let node = privacy_notices::published_at(work.tx, body.privacy_notice_id).await?;
            let notice = in_force(&notices, caller, node, body.privacy_notice_id, work)?;
            let own = caller.actor.account_id;
            let word = Word::on(&notice, own, body.decision, body.channel);
            answer(said(work, word, listener.get_ref()).await?, caller)
        })
        .await
}

/// Take a consent back 撤回同意
///
/// From now on; what was done before stays lawful. Where `sensitive` is taken back, a volunteer's
/// place is forgotten: he is not found by distance any more. Taking back what does not stand any more takes
/// back the one that stands in its place.
#[utoipa::path(tag = "privacy", operation_id = "consentWithdraw",
    params(("consent_id" = ConsentId, Path, description = "The consent 同意记录")),
    request_body = ConsentWithdrawal, responses((status = 201, body = ConsentView)))]
#[post("/me/consents/{consent_id}/withdraw")]
async fn withdraw(
    command: Command<ConsentWithdrawal>,
    id: PathId<ConsentId>,
    listener: Data<dyn ConsentSaid>,
) -> Reply {
    command
        .on::<Withdraw>(id.0, async |work, given, caller, body| {
            require_channel(body.channel.is_of_oneself(), "app, mini_program, web, tv")?;
            let withdrawn = Word {
                decision: Decision::Withdrawn,
                channel: body.channel,
                recorded_by: caller.actor.account_id,
                obtained: None,
                ..given.word
            };
            answer(said(work, withdrawn, listener.get_ref()).await?, caller)
        })
        .await
}

/// Write down what somebody has said at the counter 窗口代录同意或撤回
///
/// For somebody without an app: by a clerk of the node, with how it was obtained. He is told, and
/// finds it among his own as soon as he signs in with that telephone.
#[utoipa::path(tag = "privacy", operation_id = "consentRecord",
    params(("organization_id" = OrganizationId, Path, description = "The node 组织")),
    request_body = RecordedConsent, responses((status = 201, body = ConsentView)))]
#[post("/organizations/{organization_id}/consents")]
async fn take_down(
    command: Command<RecordedConsent>,
    node: PathId<OrganizationId>,
    listener: Data<dyn ConsentSaid>,
    notices: Data<PrivacyNotices>,
) -> Reply {
    command
        .about::<Record>(CounterAt(node.0), async |work, at, caller, body| {
            require_channel(body.channel.is_of_staff(), "hotline, counter, paper")?;
            let notice = in_force(&notices, caller, Some(at.0), body.privacy_notice_id, work)?;
            let account = account_of(work, body).await?;
            let word = Word {
                recorded_by: caller.actor.account_id,
                obtained: Some(body.obtained.as_str().to_owned()),
                ..Word::on(&notice, account, body.decision, body.channel)
            };
            answer(said(work, word, listener.get_ref()).await?, caller)
        })
        .await
}

fn require_channel(fits: bool, known: &str) -> Result<(), Problem> {
    if fits {
        return Ok(());
    }
    Err(Problem::of(Code::InvalidRequest).and_field("/channel", FieldCode::NotOneOf, known))
}

/// The notice that somebody was shown, if it is the one in force at the node.
fn in_force(
    notices: &PrivacyNotices,
    caller: &Caller,
    node: Option<OrganizationId>,
    shown: PrivacyNoticeId,
    work: &Work<'_>,
) -> Result<Published, Problem> {
    let lineage = node.map(|node| caller.actor.lineage(node)).unwrap_or_default();
    let in_force = notices.in_force(&lineage, work.now);
    in_force
        .into_iter()
        .find(|version| version.privacy_notice_id == shown)
        .ok_or_else(|| Problem::field("/privacyNoticeId", FieldCode::NoSuchThing))
}

/// Whose word it is. Who agrees gets an account if he has none; who takes back has one.
async fn account_of(work: &mut Work<'_>, body: &RecordedConsent) -> Result<AccountId, Problem> {
    if body.decision == Decision::Given {
        return access::account_of_phone(work.tx, work.clock, &body.phone, body.name.as_str())
            .await;
    }
    let known = access::holder_of_phone(work.tx, &body.phone).await?;
    known
        .map(|holder| holder.account_id)
        .ok_or_else(|| Problem::field("/phone", FieldCode::NoSuchThing))
}

/// Writes a word down, with what follows from it elsewhere.
async fn said(
    work: &mut Work<'_>,
    latest: Word,
    listener: &dyn ConsentSaid,
) -> Result<Consent, Problem> {
    listener.said(work, &latest).await?;
    say(work, latest).await
}

fn answer(consent: Consent, caller: &Caller) -> Result<Answer, Problem> {
    let view = ConsentView::of(consent, caller.actor.tree());
    Answer::created(&view, "/api/v1/me/consents".to_owned())
}
