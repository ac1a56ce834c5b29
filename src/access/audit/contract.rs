//! What callers send and see of the audit.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::domain::{Sealed, Wanted};
use crate::ids::{AccountId, DemandId, EntryId, PartnerId, SessionId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::FactName;
use crate::problem::{Code, FieldCode, Problem};

/// A row of the audit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditRow)]
pub struct AuditRowView {
    /// Its number in the chain: from 1, without gaps.
    pub sequence: i64,
    /// Its id.
    pub entry_id: EntryId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened, as a versioned name: the fact of a command, or `request.refused.v1`,
    /// `sign_in.succeeded.v1`, `sign_in.failed.v1`, `session.ended.v1`, `token.issued.v1`,
    /// `token.refused.v1`, `audit.read.v1`. New names may appear.
    #[schema(example = "grant.given.v1")]
    pub name: String,
    /// The account that did it, or the partner by its id; null for the system and for
    /// somebody who is not known.
    pub actor_id: Option<AccountId>,
    /// Who did it, in words; of a minor masked.
    #[schema(example = "系统")]
    pub actor: String,
    /// The partner that sent the request.
    pub partner_id: Option<PartnerId>,
    /// For whom whoever did it stood in, where only that allowed it.
    pub delegated_by: Option<AccountId>,
    /// The sign-in through which the request came.
    pub session_id: Option<SessionId>,
    /// What it was done to; null where nothing is named.
    pub subject_id: Option<Uuid>,
    /// The demand in whose timeline it stands.
    pub demand_id: Option<DemandId>,
    /// Why, where somebody gave a reason.
    pub reason: Option<String>,
    /// The facts: ids, states, settings, and what has `changed`, before and after.
    #[schema(value_type = Object)]
    pub data: Value,
    /// The number of the request; null for what the system does by itself.
    pub request_id: Option<String>,
    /// The address that it was sent from; of IPv6 the network.
    #[schema(example = "203.0.113.7")]
    pub address: Option<String>,
    /// By which form and digest it is sealed.
    #[schema(example = "1-sha256")]
    pub suite: String,
    /// The digest of the row.
    pub digest: String,
    /// The digest of the link before it, of its number and of its digest. The latest of all
    /// is the head of the chain: noted elsewhere, it proves later that nothing up to it was
    /// changed.
    pub link: String,
}

impl From<Sealed> for AuditRowView {
    fn from(sealed: Sealed) -> Self {
        let Sealed { sequence, suite, digest, link, row, .. } = sealed;
        Self {
            sequence,
            entry_id: row.entry_id,
            at: row.at,
            name: row.name,
            actor_id: row.actor_id,
            actor: row.actor_name,
            partner_id: row.partner_id,
            delegated_by: row.delegated_by,
            session_id: row.session_id,
            subject_id: Some(row.subject_id).filter(|subject| !subject.is_nil()),
            demand_id: row.demand_id,
            reason: row.reason,
            data: row.data,
            request_id: row.request_id,
            address: row.address,
            suite,
            digest,
            link,
        }
    }
}

page!(
    /// A page of the audit.
    AuditPage of AuditRowView
);

list_query! {
    /// Which rows of the audit to list: all, or those of one account, of one partner, about
    /// one thing or of one name.
    AuditQuery in order of LatestFirst {
        /// Only what this account did.
        account: Option<AccountId>,
        /// Only what this partner did.
        partner: Option<PartnerId>,
        /// Only what was done to this thing: an account, a grant, a demand …
        subject: Option<Uuid>,
        /// Only rows of this name.
        #[param(inline)]
        name: Option<FactName>,
    }
    /// Only those written at this instant or later.
    at_from..
    /// Only those written before this instant.
    at_until
}

impl AuditQuery {
    /// What is asked for.
    ///
    /// # Errors
    /// `invalid_request` when it is narrowed by more than one: of what is both, one index
    /// would have to be read for as long as the history is.
    pub fn wanted(&self, now: DateTime<Utc>) -> Result<Wanted, Problem> {
        let narrowed = [
            ("account", self.account.map(|account| Wanted::By(account.0))),
            ("partner", self.partner.map(|partner| Wanted::By(partner.0))),
            ("subject", self.subject.map(Wanted::To)),
            ("name", self.name.as_ref().map(|name| Wanted::Named(name.as_str().to_owned()))),
        ];
        let mut narrowed = narrowed.into_iter().filter_map(|(by, wanted)| Some((by, wanted?)));
        match (narrowed.next(), narrowed.next()) {
            (None, _) => Ok(Wanted::Everything(now)),
            (Some((_, wanted)), None) => Ok(wanted),
            (Some((first, _)), Some((second, _))) => {
                let problem = Problem::of(Code::InvalidRequest);
                Err(problem.and_field(format!("query:{second}"), FieldCode::NotHere, first))
            }
        }
    }

    /// What was asked for, as the row about the reading says it.
    #[must_use]
    pub fn said(&self) -> Value {
        serde_json::json!({
            "account": self.account,
            "partner": self.partner,
            "subject": self.subject,
            "name": self.name,
            "atFrom": self.at_from,
            "atUntil": self.at_until,
            "continued": self.cursor.is_some(),
        })
    }
}
