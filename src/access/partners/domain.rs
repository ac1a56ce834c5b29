//! A partner, its states, and what it may read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use super::keys::PublicKey;
use crate::ids::{OrganizationId, PartnerId};
use crate::platform::crypto;
use crate::problem::{Code, Language, Problem};

/// What a partner may read, at its node and below. Nothing reaches a command yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[schema(as = PartnerScope)]
pub enum Scope {
    /// Organizations and the tree.
    #[serde(rename = "organizations.read")]
    OrganizationsRead,
    /// Demands, without the people in them.
    #[serde(rename = "demands.read")]
    DemandsRead,
}

impl Scope {
    /// Every scope.
    pub const ALL: &'static [Self] = &[Self::OrganizationsRead, Self::DemandsRead];

    /// The name in tokens, in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrganizationsRead => "organizations.read",
            Self::DemandsRead => "demands.read",
        }
    }

    /// What it reaches, in words.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::OrganizationsRead, Language::English) => {
                "Read the organizations of the partner's subtree"
            }
            (Self::OrganizationsRead, Language::Chinese) => "读取接入方所辖范围内的组织",
            (Self::DemandsRead, Language::English) => {
                "Read the demands of the partner's subtree, without the people in them"
            }
            (Self::DemandsRead, Language::Chinese) => "读取接入方所辖范围内的点单（不含个人信息）",
        }
    }

    /// The scope of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == name)
    }

    /// Reads names with spaces between them, as OAuth writes them; unknown ones are nothing.
    #[must_use]
    pub fn read_list(text: &str) -> Vec<Self> {
        text.split(' ').filter_map(Self::named).collect()
    }

    /// Writes the names with spaces between them, each once.
    #[must_use]
    pub fn write_list(scopes: &[Self]) -> String {
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        scopes.into_iter().map(Self::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Where a partner stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum PartnerStatus {
    /// Gets tokens and reads, until it expires.
    Active,
    /// Stopped for a while: its tokens and its secret are refused.
    Suspended,
    /// Over for good.
    Ended,
}

impl PartnerStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        }
    }
}

/// What an administrator can do to a partner next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerCommand {
    /// `POST …/suspend`
    Suspend,
    /// `POST …/resume`
    Resume,
    /// `POST …/renew-secret`
    RenewSecret,
    /// `POST …/remove-secret`
    RemoveSecret,
    /// `PUT …/keys`
    SetKeys,
    /// `POST …/end`
    End,
}

/// A secret that was made a moment ago.
pub struct Secret {
    /// What the partner is shown, once.
    pub shown: String,
    /// What is stored.
    pub digest: String,
}

impl Secret {
    /// A new one of 256 random bits.
    #[must_use]
    pub fn fresh() -> Self {
        let shown = crypto::random_secret();
        let digest = crypto::digest(shown.as_bytes());
        Self { shown, digest }
    }
}

/// Another system that reads here.
#[derive(Clone, Debug, FromRow)]
#[expect(clippy::struct_field_names, reason = "an id says of what it is, everywhere")]
pub struct Partner {
    /// Its id, and its OAuth client id.
    pub partner_id: PartnerId,
    /// The node that it sees, with everything below.
    pub organization_id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Who answers for it.
    pub contact: String,
    /// What it reads for.
    pub purpose: String,
    /// By which provision of law it gets data of persons without their consent.
    pub statutory_basis: Option<String>,
    /// The names of its scopes, with spaces between them.
    pub scopes: String,
    /// How many requests it may send in a minute.
    pub requests_per_minute: i64,
    /// Where it stands.
    pub status: PartnerStatus,
    /// SHA-256 of its secret, if it has one.
    pub secret_digest: Option<String>,
    /// Since when that is its secret.
    pub secret_renewed_at: Option<DateTime<Utc>>,
    /// Its public keys.
    #[sqlx(json)]
    pub keys: Vec<PublicKey>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes.
    pub version: i64,
}

impl Partner {
    /// The commands that its state allows.
    #[must_use]
    pub fn next(&self) -> Vec<PartnerCommand> {
        use PartnerCommand::{End, RemoveSecret, RenewSecret, Resume, SetKeys, Suspend};
        let turn = match self.status {
            PartnerStatus::Active => Suspend,
            PartnerStatus::Suspended => Resume,
            PartnerStatus::Ended => return vec![],
        };
        // Only who has keys can do without a secret.
        let spare = self.secret_digest.is_some() && !self.keys.is_empty();
        let remove = spare.then_some(RemoveSecret);
        [Some(turn), Some(RenewSecret), remove, Some(SetKeys), Some(End)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Stopped for a while.
    ///
    /// # Errors
    /// `not_possible` unless it is active.
    pub fn suspended(self) -> Result<Self, Problem> {
        self.require(PartnerCommand::Suspend)?;
        Ok(Self { status: PartnerStatus::Suspended, ..self })
    }

    /// Let on again.
    ///
    /// # Errors
    /// `not_possible` unless it is suspended.
    pub fn resumed(self) -> Result<Self, Problem> {
        self.require(PartnerCommand::Resume)?;
        Ok(Self { status: PartnerStatus::Active, ..self })
    }

    /// Over for good.
    ///
    /// # Errors
    /// `not_possible` when it is over already.
    pub fn ended(self) -> Result<Self, Problem> {
        self.require(PartnerCommand::End)?;
        Ok(Self { status: PartnerStatus::Ended, ..self })
    }

    /// With another secret; the one before is worth nothing from now on.
    ///
    /// # Errors
    /// `not_possible` when it is over.
    pub fn with_secret(self, secret: &Secret, now: DateTime<Utc>) -> Result<Self, Problem> {
        self.require(PartnerCommand::RenewSecret)?;
        let secret_digest = Some(secret.digest.clone());
        Ok(Self { secret_digest, secret_renewed_at: Some(now), ..self })
    }

    /// Without a secret: it gets tokens by its keys alone.
    ///
    /// # Errors
    /// `not_possible` when it is over, has no key or has no secret.
    pub fn without_secret(self) -> Result<Self, Problem> {
        self.require(PartnerCommand::RemoveSecret)?;
        Ok(Self { secret_digest: None, secret_renewed_at: None, ..self })
    }

    /// With these keys and no others.
    ///
    /// # Errors
    /// `not_possible` when it is over.
    pub fn with_keys(self, keys: Vec<PublicKey>) -> Result<Self, Problem> {
        self.require(PartnerCommand::SetKeys)?;
        Ok(Self { keys, ..self })
    }

    /// Whether it may have tokens now, if it shows that it is the one.
    #[must_use]
    pub fn may_have_tokens(&self, now: DateTime<Utc>) -> bool {
        self.status == PartnerStatus::Active && now < self.expires_at
    }

    /// Whether this is its secret.
    #[must_use]
    pub fn has_secret(&self, secret: &str) -> bool {
        let digest = crypto::digest(secret.as_bytes());
        self.secret_digest.as_ref().is_some_and(|own| crypto::same(own, &digest))
    }

    fn require(&self, command: PartnerCommand) -> Result<(), Problem> {
        if self.next().contains(&command) {
            return Ok(());
        }
        Err(Problem::of(Code::NotPossible).about(self.status.as_str()))
    }
}
