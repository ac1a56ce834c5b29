//! What callers send and see of access.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::Role;
use crate::ids::{AccountId, GrantId, OrganizationId, VolunteerId};
use crate::platform::values::{
    NewPassword, OneTimeCode, PersonName, Phone, SecretText, TypedPassword, Username,
};

/// Asks for a one-time code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CodeRequest {
    /// Where the code is sent.
    pub phone: Phone,
}

/// A code is on its way.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeSent {
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// From when another one can be asked for.
    pub next_at: DateTime<Utc>,
}

/// Signs in by phone and one-time code; opens the account at the first time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PhoneSignIn {
    /// The phone that got the code.
    pub phone: Phone,
    /// The six digits.
    #[schema(pattern = "^[0-9]{6}$", example = "123456")]
    pub code: String,
    /// How a new account is addressed.
    pub name: Option<PersonName>,
}

/// Signs in by user name and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordSignIn {
    /// The user name.
    pub username: Username,
    /// The password.
    pub password: TypedPassword,
    /// A code of the authenticator app or a recovery code, for an account that has a second
    /// factor. Without it such an account is answered `second_factor_needed`.
    pub code: Option<OneTimeCode>,
}

/// Exchanges a refresh token. Each can be used once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refresh {
    /// The token from the last answer.
    pub refresh_token: SecretText,
}

/// A pair of tokens.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// Goes into `Authorization: Bearer …`.
    pub access_token: String,
    /// Until when the access token is valid.
    pub expires_at: DateTime<Utc>,
    /// Exchanges for the next pair, once.
    pub refresh_token: String,
    /// Until when the refresh token can be exchanged.
    pub refresh_by: DateTime<Utc>,
    /// When the sign-in ends, however often it is refreshed.
    pub ends_at: DateTime<Utc>,
    /// The account.
    pub account_id: AccountId,
}

/// The caller, with all his hats.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The account.
    pub account_id: AccountId,
    /// How he is addressed.
    pub name: String,
    /// Himself as a volunteer, if he is one.
    pub volunteer_id: Option<VolunteerId>,
    /// The teams he leads.
    pub leads: Vec<OrganizationId>,
    /// The same with their names.
    pub led_teams: Vec<LedTeam>,
    /// His roles in the tree.
    pub grants: Vec<Hat>,
    /// The roles that this sign-in does not reach: where they are held a second factor is
    /// demanded, which goes with signing in by password.
    pub withheld_grants: Vec<Hat>,
    /// Whether somebody else has set his password: he may do nothing before he has changed it.
    pub must_change_password: bool,
    /// Whether he signs in with a second factor.
    pub has_second_factor: bool,
    /// Whether he has to set one up before he may do anything else, because a node that he
    /// works at demands it.
    pub must_set_up_second_factor: bool,
}

/// A team that the caller leads.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedTeam {
    /// The team.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
}

/// One role of the caller.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hat {
    /// Where; null for the whole installation.
    pub organization_id: Option<OrganizationId>,
    /// Its name.
    pub organization_name: Option<String>,
    /// What.
    pub role: Role,
    /// For whom he stands in, where the role was delegated to him.
    pub delegated_by: Option<AccountId>,
}

/// A new staff account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStaff {
    /// How he is addressed.
    pub name: PersonName,
    /// What he signs in with.
    pub username: Username,
    /// His first password.
    pub password: NewPassword,
    /// Whether he has to change it before he may do anything else, because somebody else
    /// knows it; so it is unless `false` is said.
    #[schema(default = true)]
    pub must_change_password: Option<bool>,
    /// Where he works; the caller must administer it.
    pub organization_id: OrganizationId,
    /// What he may do there and below.
    pub role: Role,
}

/// An account that was opened.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedAccount {
    /// Its id.
    pub account_id: AccountId,
    /// The role it was given.
    pub grant_id: GrantId,
}

/// Another password for oneself.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnPassword {
    /// The present one.
    pub old_password: TypedPassword,
    /// The next one.
    pub new_password: NewPassword,
}
