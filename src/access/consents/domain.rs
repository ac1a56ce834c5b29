//! A word of the ledger.

use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::access::Work;
use crate::access::privacy_notices::{Asked, ConsentPurpose, Published, Topic};
use crate::ids::{AccountId, ConsentId, OrganizationId, PrivacyNoticeId};
use crate::platform::journal::Fact;
use crate::problem::{Code, Problem};

/// What somebody has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[schema(as = ConsentDecision)]
pub enum Decision {
    /// He agrees.
    Given,
    /// He does not, or not any more.
    Withdrawn,
}

/// How he has said it. New ways may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum ConsentChannel {
    /// In a mobile app.
    App,
    /// In a WeChat mini-program.
    MiniProgram,
    /// On a web page.
    Web,
    /// On a television set.
    Tv,
    /// By telephone, written down by staff.
    Hotline,
    /// At the counter, written down by staff.
    Counter,
    /// On paper, entered by staff.
    Paper,
    /// By what his registration as a volunteer says.
    Registration,
}

impl ConsentChannel {
    /// Whether one speaks for oneself this way.
    #[must_use]
    pub const fn is_of_oneself(self) -> bool {
        matches!(self, Self::App | Self::MiniProgram | Self::Web | Self::Tv)
    }

    /// Whether staff writes down what was said this way.
    #[must_use]
    pub const fn is_of_staff(self) -> bool {
        matches!(self, Self::Hotline | Self::Counter | Self::Paper)
    }
}

/// Which version of a line somebody has agreed to: as much as has to be known of him.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Where the notice is published.
    pub organization_id: OrganizationId,
    /// What it is about.
    pub topic: Topic,
    /// The number of the version.
    pub number: i64,
}

impl Agreed {
    /// What the statement about the caller says of one of his words; nothing for a purpose that
    /// is not known.
    #[must_use]
    pub fn read(organization_id: OrganizationId, purpose: &str, number: i64) -> Option<Self> {
        let purpose = ConsentPurpose::ALL.iter().find(|known| known.as_str() == purpose)?;
        Some(Self { organization_id, topic: Topic::of(*purpose), number })
    }

    /// Whether that is enough for what is asked.
    #[must_use]
    pub fn answers(&self, asked: &Asked) -> bool {
        self.organization_id == asked.organization_id
            && self.topic == asked.topic
            && self.number >= asked.number
    }
}

/// What somebody says now.
#[derive(Clone, Debug)]
pub struct Word {
    /// Who.
    pub account_id: AccountId,
    /// Where the notice is published; the county where there is none.
    pub organization_id: OrganizationId,
    /// What about.
    pub topic: Topic,
    /// The version that he was shown.
    pub notice: Option<(PrivacyNoticeId, i64)>,
    /// What he says.
    pub decision: Decision,
    /// How.
    pub channel: ConsentChannel,
    /// Who writes it down: he himself, or staff.
    pub recorded_by: AccountId,
    /// How staff learned of it.
    pub obtained: Option<String>,
}

impl Word {
    /// What somebody says of a notice.
    #[must_use]
    pub fn on(
        notice: &Published,
        account_id: AccountId,
        decision: Decision,
        channel: ConsentChannel,
    ) -> Self {
        Self {
            account_id,
            organization_id: notice.organization_id,
            topic: notice.topic,
            notice: Some((notice.privacy_notice_id, notice.number)),
            decision,
            channel,
            recorded_by: account_id,
            obtained: None,
        }
    }

    /// Whether somebody lets the system choose him, as his registration in a county says it.
    #[must_use]
    pub fn of_registration(
        account_id: AccountId,
        county: OrganizationId,
        notice: Option<&Published>,
        accepts: bool,
        recorded_by: AccountId,
    ) -> Self {
        Self {
            account_id,
            organization_id: notice.map_or(county, |notice| notice.organization_id),
            topic: Topic::of(ConsentPurpose::AutomatedMatching),
            notice: notice.map(|notice| (notice.privacy_notice_id, notice.number)),
            decision: if accepts { Decision::Given } else { Decision::Withdrawn },
            channel: ConsentChannel::Registration,
            recorded_by,
            obtained: None,
        }
    }

    /// Whether it adds nothing to the one that stands.
    #[must_use]
    pub fn repeats(&self, standing: &Consent) -> bool {
        let same_version = self.notice == standing.word.notice;
        self.decision == standing.word.decision
            && (same_version || self.decision == Decision::Withdrawn)
    }
}

/// A word that was written down.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "an id says of what it is, everywhere")]
pub struct Consent {
    /// Its id.
    pub consent_id: ConsentId,
    /// What was said.
    pub word: Word,
    /// Whether no other has followed it.
    pub stands: bool,
    /// When.
    pub decided_at: DateTime<Utc>,
}

impl Consent {
    /// Whether he agrees by it to what is asked.
    #[must_use]
    pub fn allows(&self, asked: &Asked) -> bool {
        let Word { organization_id, topic, notice, decision, .. } = self.word;
        let number = notice.map_or(0, |(_, number)| number);
        let agreed = Agreed { organization_id, topic, number };
        decision == Decision::Given && agreed.answers(asked)
    }

    /// That it was said. Nothing in it is personal but ids; how staff learned of it is the reason.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let word = &self.word;
        Fact {
            name: match word.decision {
                Decision::Given => "consent.given.v1",
                Decision::Withdrawn => "consent.withdrawn.v1",
            },
            demand_id: None,
            subject_id: self.consent_id.0,
            reason: word.obtained.clone(),
            data: json!({
                "accountId": word.account_id,
                "organizationId": word.organization_id,
                "purpose": word.topic.purpose,
                "partnerId": word.topic.partner_id,
                "privacyNoticeId": word.notice.map(|(id, _)| id),
                "channel": word.channel,
            }),
        }
    }
}

/// Whoever acts upon what people say: the volunteers know what follows. `app` wires it in.
pub trait ConsentSaid: Send + Sync {
    /// This word is about to be written down.
    fn said<'a, 'w: 'a>(
        &'a self,
        work: &'a mut Work<'w>,
        latest: &'a Word,
    ) -> LocalBoxFuture<'a, Result<(), Problem>>;
}

/// The refusal of whoever has not agreed to these notices.
#[must_use]
pub fn consent_needed(notices: &[PrivacyNoticeId]) -> Problem {
    let paths = notices.iter().map(|id| format!("/api/v1/privacy-notices/{id}"));
    let paths = paths.collect::<Vec<_>>().join(", ");
    Problem::of(Code::ConsentRequired)
        .about(paths)
        .naming_privacy_notices(notices.iter().map(|id| id.0))
}
