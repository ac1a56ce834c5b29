//! A privacy notice, and what it asks for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::contract::NoticeContent;
use crate::ids::{OrganizationId, PartnerId, PrivacyNoticeId};

/// What data is handled for. New purposes may appear.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// The service itself: ordering help and bringing it.
    Service,
    /// Sensitive data: health, disability, the precise place (articles 28 to 30).
    Sensitive,
    /// Being chosen by the system (article 24).
    AutomatedMatching,
    /// Giving data to one partner (article 23).
    PartnerSharing,
}

impl ConsentPurpose {
    /// Every purpose.
    pub const ALL: &'static [Self] =
        &[Self::Service, Self::Sensitive, Self::AutomatedMatching, Self::PartnerSharing];

    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Sensitive => "sensitive",
            Self::AutomatedMatching => "automated_matching",
            Self::PartnerSharing => "partner_sharing",
        }
    }
}

/// What one line of notices is about, and one line of consents: the purpose, and for sharing
/// also with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic {
    /// What data is handled for.
    pub purpose: ConsentPurpose,
    /// Which partner gets it.
    pub partner_id: Option<PartnerId>,
}

impl Topic {
    /// A purpose that is no partner's.
    #[must_use]
    pub const fn of(purpose: ConsentPurpose) -> Self {
        Self { purpose, partner_id: None }
    }
}

/// What a version of a notice asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum ConsentDemand {
    /// Everybody has to agree to this version.
    Anew,
    /// Who has agreed to the version before need not do so again.
    AsBefore,
    /// It only tells.
    NotNeeded,
}

impl ConsentDemand {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anew => "anew",
            Self::AsBefore => "as_before",
            Self::NotNeeded => "not_needed",
        }
    }
}

/// A version of a notice without its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its id.
    pub privacy_notice_id: PrivacyNoticeId,
    /// Where it is published.
    pub organization_id: OrganizationId,
    /// What it is about.
    pub topic: Topic,
    /// Its number there: 1 is the first.
    pub number: i64,
    /// What it asks for.
    pub consent: ConsentDemand,
    /// From when it holds.
    pub effective_from: DateTime<Utc>,
}

/// A version of a notice.
#[derive(Clone, Debug)]
pub struct PrivacyNotice {
    /// What it is about, and what it asks for.
    pub published: Published,
    /// What it says.
    pub content: NoticeContent,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

/// A consent that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The notice in force, which is shown.
    pub privacy_notice_id: PrivacyNoticeId,
    /// Where it is published.
    pub organization_id: OrganizationId,
    /// What it is about.
    pub topic: Topic,
    /// The earliest version that it is enough to have agreed to.
    pub number: i64,
}

/// What the versions of one line that have taken effect, the earliest first, ask for.
#[must_use]
pub fn asked_by(effective: &[&Published]) -> Option<Asked> {
    let latest = effective.last()?;
    let deciding =
        effective.iter().rev().find(|version| version.consent != ConsentDemand::AsBefore)?;
    (deciding.consent == ConsentDemand::Anew).then_some(Asked {
        privacy_notice_id: latest.privacy_notice_id,
        organization_id: latest.organization_id,
        topic: latest.topic,
        number: deciding.number,
    })
}
