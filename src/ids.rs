//! # Identifiers
//!
//! One type per thing that has an identity, so that a demand's id can never be
//! handed to a function that wants a dispatch. All are UUIDv7: they sort by the
//! time they were made, byte for byte, on both engines.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// Declares identifier types: transparent in JSON, in SQL and in the contract.
macro_rules! identifiers {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => { $(
        $(#[doc = $doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            Serialize, Deserialize, sqlx::Type,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
                    .description(Some(concat!($($doc,)*).trim()))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }
    )* };
}

identifiers! {
    /// A person who can sign in: resident, volunteer, leader, staff, or several at once.
    AccountId;
    /// One sign-in of an account; ends by signing out, by time or by revocation.
    SessionId;
    /// A role given to an account at a node of the tree.
    GrantId;
    /// Another system that reads here; its OAuth client id.
    PartnerId;
    /// A node of the tree: center, institute, station, team, unit …
    OrganizationId;
    /// One version of one rule on one organization.
    RuleId;
    /// One version of a privacy notice.
    PrivacyNoticeId;
    /// One word of a person in the ledger of consents.
    ConsentId;
    /// A registered volunteer.
    VolunteerId;
    /// Something that can be ordered from the menu.
    CatalogItemId;
    /// One order for help.
    DemandId;
    /// A demand handed to one responder.
    DispatchId;
    /// One volunteer on one dispatch.
    AssignmentId;
    /// Hours proven by check-in and check-out, or recorded by a leader.
    ServiceRecordId;
    /// A judgment of one service.
    EvaluationId;
    /// One look at what is masked otherwise.
    RevealId;
    /// One row of the journal.
    EntryId;
    /// What somebody wants of those who keep something of him.
    RightsRequestId;
    /// What one account is told of one fact.
    NoticeId;
}
