//! What is known of somebody's real name.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::ids::AccountId;
use crate::platform::journal::Fact;
use crate::platform::values::{AgeBand, IdNumber};
use crate::problem::{FieldCode, Problem};

/// Whether somebody's real name is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RealNameState {
    /// Nothing was asked yet.
    NotAsked,
    /// Name and number belong together.
    Matched,
    /// Name and number do not belong together, as far as the source knows.
    NotMatched,
}

/// What is known of somebody's real name.
#[derive(Clone, Debug)]
pub struct RealName {
    /// Whose.
    pub account_id: AccountId,
    /// The number of his identity card, where it matched; nothing is kept where it did not.
    pub number: Option<IdNumber>,
    /// Who was asked.
    pub source: String,
    /// When.
    pub asked_at: DateTime<Utc>,
}

impl RealName {
    /// How it stands.
    #[must_use]
    pub const fn state(&self) -> RealNameState {
        if self.number.is_some() { RealNameState::Matched } else { RealNameState::NotMatched }
    }

    /// What happened: never the number.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let name = match self.state() {
            RealNameState::Matched => "real_name.matched.v1",
            RealNameState::NotAsked | RealNameState::NotMatched => "real_name.not_matched.v1",
        };
        Fact {
            name,
            demand_id: None,
            subject_id: self.account_id.0,
            reason: None,
            data: json!({ "source": self.source }),
        }
    }
}

/// Whether somebody with this number can ask for himself: he has been born, and is fourteen.
///
/// # Errors
/// `invalid_request` that names `idNumber`.
pub fn require_own(number: &IdNumber, today: NaiveDate) -> Result<(), Problem> {
    let refuse = |code| Err(Problem::field("/idNumber", code));
    if number.birth_date() > today {
        return refuse(FieldCode::NotAnIdNumber);
    }
    if AgeBand::of(number.birth_date(), today) == AgeBand::Under14 {
        return refuse(FieldCode::GuardianNeeded);
    }
    Ok(())
}
