//! What callers send and see of their second factor.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::values::{OneTimeCode, TypedPassword};

/// Begins to set up a second factor.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeginSecondFactor {
    /// The present password: a token alone does not change how one signs in.
    pub password: TypedPassword,
}

/// What goes into the authenticator app, shown this once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorSecret {
    /// The secret, to be typed in: 32 letters and digits. Null when the request is repeated
    /// under its `Idempotency-Key`; who has missed it begins again.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: Option<String>,
    /// The same as a link, to be shown as a picture.
    #[schema(
        example = "otpauth://totp/redvest:kunyang.dispatcher?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=redvest"
    )]
    pub uri: Option<String>,
}

/// A code of the authenticator app, or a recovery code.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ShowSecondFactor {
    /// The code.
    pub code: OneTimeCode,
}

/// What stands in for a lost phone, shown this once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// Each is good for one sign-in; the ones before are worth nothing from now on. Null when
    /// the request is repeated under its `Idempotency-Key`; who has missed them makes new ones.
    pub codes: Option<Vec<String>>,
}
