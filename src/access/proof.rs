//! Proving anew who one is: a token alone does not change how somebody signs in. Every try
//! counts like a try to sign in, before anything is compared.

use std::net::IpAddr;

use super::gate::Gate;
use super::lockout::{self, Tried};
use super::{passwords, store};
use crate::ids::AccountId;
use crate::platform::values::TypedPassword;
use crate::problem::{Code, FieldCode, Problem};

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
    pub async fn count_try(&self, gate: &Gate, address: Option<IpAddr>) -> Result<Tried, Problem> {
        gate.without_permit("proof of oneself", async |work| {
            lockout::count(work, &self.username, address).await
        })
        .await
    }

    /// Compares the password that is shown, which counts as a try.
    ///
    /// # Errors
    /// `too_many_tries` when he has to wait; `wrong_password` at `pointer` when it is another.
    pub async fn prove(
        &self,
        gate: &Gate,
        password: TypedPassword,
        pointer: &'static str,
        address: Option<IpAddr>,
    ) -> Result<Tried, Problem> {
        let tried = self.count_try(gate, address).await?;
        let expected = self.hash.clone();
        let compare = move || passwords::matches(password.as_str(), Some(&expected));
        if passwords::off_the_request_threads(compare).await? {
            Ok(tried)
        } else {
            Err(Problem::field(pointer, FieldCode::WrongPassword))
        }
    }
}
