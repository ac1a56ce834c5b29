//! What callers send and see of consents.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{Consent, ConsentChannel, Decision, Word};
use crate::access::Tree;
use crate::access::privacy_notices::ConsentPurpose;
use crate::ids::{ConsentId, OrganizationId, PartnerId, PrivacyNoticeId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{PersonName, Phone, Reason};

/// Agrees to a privacy notice, or says that one does not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewConsent {
    /// The notice that was shown: the one in force.
    pub privacy_notice_id: PrivacyNoticeId,
    /// What one says.
    pub decision: Decision,
    /// How: `app`, `mini_program`, `web` or `tv`.
    pub channel: ConsentChannel,
}

/// Takes a consent back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentWithdrawal {
    /// How: `app`, `mini_program`, `web` or `tv`.
    pub channel: ConsentChannel,
}

/// Writes down what somebody without an app has said to staff.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedConsent {
    /// Whose word it is, by his telephone.
    pub phone: Phone,
    /// His name, where he has no account yet.
    pub name: PersonName,
    /// The notice that he was shown or read: the one in force at the node.
    pub privacy_notice_id: PrivacyNoticeId,
    /// What he said.
    pub decision: Decision,
    /// How: `hotline`, `counter` or `paper`.
    pub channel: ConsentChannel,
    /// How it was obtained, and from whom: he reads it.
    #[schema(example = "本人到窗口，工作人员宣读告知后口头同意并签字")]
    pub obtained: Reason,
}

/// One word of a person: the ledger holds each.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Consent)]
pub struct ConsentView {
    /// Its id.
    pub consent_id: ConsentId,
    /// Where the notice is published.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What data is handled for.
    pub purpose: ConsentPurpose,
    /// Which partner is given it.
    pub partner_id: Option<PartnerId>,
    /// The version that was shown; null where none was in force.
    pub privacy_notice_id: Option<PrivacyNoticeId>,
    /// What was said.
    pub decision: Decision,
    /// How.
    pub channel: ConsentChannel,
    /// Whether staff has written it down.
    pub on_behalf: bool,
    /// How staff says that it was obtained.
    pub obtained: Option<String>,
    /// Whether it is the latest word of its kind; a later one has followed it if not.
    pub stands: bool,
    /// When it was said.
    pub decided_at: DateTime<Utc>,
}

impl ConsentView {
    /// The word with the name of where the notice is published.
    #[must_use]
    pub fn of(consent: Consent, tree: &dyn Tree) -> Self {
        let Consent { consent_id, word, stands, decided_at } = consent;
        let Word { account_id, organization_id, topic, notice, .. } = word;
        Self {
            consent_id,
            organization_id,
            organization_name: tree.name(organization_id),
            purpose: topic.purpose,
            partner_id: topic.partner_id,
            privacy_notice_id: notice.map(|(id, _)| id),
            decision: word.decision,
            channel: word.channel,
            on_behalf: word.recorded_by != account_id,
            obtained: word.obtained,
            stands,
            decided_at,
        }
    }
}

page!(
    /// A page of one's own words.
    ConsentPage of ConsentView
);

list_query! {
    /// Which of one's own words to list.
    ConsentQuery in order of LatestFirst {
        /// Only those for this purpose.
        #[param(inline)]
        purpose: Option<ConsentPurpose>,
    }
    /// Only those said at this instant or later.
    decided_from..
    /// Only those said before this instant.
    decided_until
}
