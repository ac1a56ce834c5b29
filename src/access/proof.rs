//! Proving anew who one is: a token alone does not change how somebody signs in. Every try
//! counts like a try to sign in, before anything is compared.

use actix_web::HttpRequest;

use super::actor::Actor;
use super::gate::{Gate, Work};
use super::lockout::{self, Guess, Tried};
use super::{failures, passwords, store};
use crate::ids::AccountId;
use crate::platform::values::TypedPassword;
use crate::problem::{Code, FieldCode, Problem};

/// Who proves it, by which request.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// The door to the database.
    pub gate: &'a Gate,
    /// The request.
    pub request: &'a HttpRequest,
    /// Himself, as his token names him.
    pub actor: &'a Actor,
}

impl Asker<'_> {
    /// Writes down for the audit that what he showed was wrong.
    ///
    /// # Errors
    /// `unavailable` when the database does not answer.
    pub async fn write_down(&self, method: &'static str, tried: &Tried) -> Result<(), Problem> {
        failures::write_down_change(self.gate, self.request, self.actor, method, tried).await
    }
}

/// What somebody signs in with who has a password.
pub struct Credentials {
    /// His user name.
    pub username: String,
    /// The hash of his password.
    pub hash: String,
}

impl Credentials {
    /// Those of an account.
    ///
    /// # Errors
    /// `forbidden` for one that has no password.
    pub async fn of(gate: &Gate, account: AccountId) -> Result<Self, Problem> {
        let mut tx = gate.read_without_permit("own credentials").await?;
        let own = store::own_password(&mut tx, account).await?;
        let (username, hash) = own.ok_or_else(|| Problem::of(Code::Forbidden))?;
        Ok(Self { username, hash })
    }

    /// Counts a try in a transaction of its own: a wrong one counts even though nothing else
    /// happens. One that was right is forgiven by whoever goes on with it.
    ///
    /// # Errors
    /// `too_many_tries` when he has to wait.
    pub async fn count_try(&self, asker: &Asker<'_>) -> Result<Tried, Problem> {
        let address = asker.gate.address_of(asker.request);
        let count = async |work: &mut Work<'_>| {
            lockout::count(work, Guess::SignIn, &self.username, address).await
        };
        asker.gate.without_permit("proof of oneself", count).await
    }

    /// Compares the password that is shown, which counts as a try.
    ///
    /// # Errors
    /// `too_many_tries` when he has to wait; `wrong_password` at `pointer` when it is another.
    pub async fn prove(
        &self,
        asker: &Asker<'_>,
        password: TypedPassword,
        pointer: &'static str,
    ) -> Result<Tried, Problem> {
        let tried = self.count_try(asker).await?;
        let expected = self.hash.clone();
        let compare = move || passwords::matches(password.as_str(), Some(&expected));
        if passwords::off_the_request_threads(compare).await? {
            Ok(tried)
        } else {
            asker.write_down("present_password", &tried).await?;
            Err(Problem::field(pointer, FieldCode::WrongPassword))
        }
    }
}
