//! What callers send and see of privacy notices.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{ConsentDemand, ConsentPurpose, PrivacyNotice};
use crate::access::Tree;
use crate::ids::{OrganizationId, PartnerId, PrivacyNoticeId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{Contact, NoticeText, Remark, Title, perhaps_instant};

/// Who handles personal data, and how he is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Handler {
    /// Its name.
    pub name: Title,
    /// How it is reached by whoever wants to use his rights.
    pub contact: Contact,
}

/// What a notice says, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoticeWords {
    /// Its title.
    pub title: Title,
    /// What the data is handled for.
    pub purpose: Remark,
    /// How it is handled.
    pub method: Remark,
    /// Which kinds of data.
    pub data_kinds: Remark,
    /// For how long it is kept.
    pub retention: Remark,
    /// Which rights one has, and how to use them.
    pub rights: Remark,
    /// Why it is necessary and what it means for one: needed with `sensitive` (article 30).
    pub necessity: Option<Remark>,
    /// The whole text, where there is more to say. It stands here and not elsewhere, because
    /// what somebody has agreed to never changes.
    pub text: Option<NoticeText>,
}

/// What a notice says: as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeContent {
    /// Who handles the data.
    pub handler: Handler,
    /// Who is given it.
    pub receiver: Option<Handler>,
    /// In Chinese.
    pub zh: NoticeWords,
    /// In English.
    pub en: NoticeWords,
}

/// Publishes the next version of a notice at a node.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPrivacyNotice {
    /// What the data is handled for.
    pub purpose: ConsentPurpose,
    /// Which partner is given it: with `partner_sharing`, and only there.
    pub partner_id: Option<PartnerId>,
    /// Whether people have to agree. `as_before` only where there is a version before, and
    /// `automated_matching` only tells: it is refused, not agreed to.
    pub consent: ConsentDemand,
    /// Who handles the data.
    pub handler: Handler,
    /// Who is given it: with `partner_sharing`, and only there.
    pub receiver: Option<Handler>,
    /// In Chinese.
    pub zh: NoticeWords,
    /// In English.
    pub en: NoticeWords,
    /// From when it holds; at once if absent. Never in the past, nor before the version before.
    #[serde(default, deserialize_with = "perhaps_instant")]
    pub effective_from: Option<DateTime<Utc>>,
}

impl NewPrivacyNotice {
    /// What it says.
    #[must_use]
    pub fn content(&self) -> NoticeContent {
        NoticeContent {
            handler: self.handler.clone(),
            receiver: self.receiver.clone(),
            zh: self.zh.clone(),
            en: self.en.clone(),
        }
    }
}

/// A version of a privacy notice. It never changes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PrivacyNotice)]
pub struct PrivacyNoticeView {
    /// Its id.
    pub privacy_notice_id: PrivacyNoticeId,
    /// Where it is published; it holds there and below.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What the data is handled for.
    pub purpose: ConsentPurpose,
    /// Which partner is given it.
    pub partner_id: Option<PartnerId>,
    /// Its number there: 1 is the first.
    pub number: i64,
    /// Whether people have to agree.
    pub consent: ConsentDemand,
    /// Who handles the data.
    pub handler: Handler,
    /// Who is given it.
    pub receiver: Option<Handler>,
    /// In Chinese.
    pub zh: NoticeWords,
    /// In English.
    pub en: NoticeWords,
    /// From when it holds.
    pub effective_from: DateTime<Utc>,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

impl PrivacyNoticeView {
    /// The notice with the name of where it is published.
    #[must_use]
    pub fn of(notice: PrivacyNotice, tree: &dyn Tree) -> Self {
        let PrivacyNotice { published, content, published_at } = notice;
        Self {
            privacy_notice_id: published.privacy_notice_id,
            organization_id: published.organization_id,
            organization_name: tree.name(published.organization_id),
            purpose: published.topic.purpose,
            partner_id: published.topic.partner_id,
            number: published.number,
            consent: published.consent,
            handler: content.handler,
            receiver: content.receiver,
            zh: content.zh,
            en: content.en,
            effective_from: published.effective_from,
            published_at,
        }
    }
}

/// The notices in force at a node, one per purpose, and one per partner.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrivacyNoticeList {
    /// The notices.
    pub items: Vec<PrivacyNoticeView>,
}

page!(
    /// A page of the versions that a node has published.
    PrivacyNoticePage of PrivacyNoticeView
);

list_query! {
    /// Which versions to list.
    PrivacyNoticeQuery in order of LatestFirst {
        /// Only those for this purpose.
        #[param(inline)]
        purpose: Option<ConsentPurpose>,
    }
}
