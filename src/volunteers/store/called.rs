//! What the volunteer of an assignment is called, as it is read beside a fact about it: what facts say
//! is never written again, so they hold no names.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;

use crate::access::births::Person;
use crate::ids::AccountId;
use crate::platform::vault::{Keyring, Sealed};
use crate::problem::Problem;

/// The volunteer whom a fact is about, if it is about one.
#[derive(FromRow)]
#[expect(clippy::struct_field_names, reason = "the prefix keeps them apart from other columns")]
pub struct CalledRow {
    volunteer_name: Option<String>,
    volunteer_account: Option<AccountId>,
    volunteer_born: Option<Sealed>,
}

impl CalledRow {
    /// Adds to the facts what he is called, who was asked or served at this instant; a minor masked.
    ///
    /// # Errors
    /// `internal` when no day of birth is sealed there.
    pub fn name_in(
        &self,
        facts: &mut Value,
        keyring: &Keyring,
        at: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let (account, born) = (self.volunteer_account, self.volunteer_born.as_ref());
        if let (Some(facts), Some(name)) = (facts.as_object_mut(), &self.volunteer_name) {
            let name = String::from(Person { account, born, at }.named(keyring, name)?);
            facts.insert("volunteer".to_owned(), name.into());
        }
        Ok(())
    }
}
