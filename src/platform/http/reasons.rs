//! What several commands have to say: why.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::platform::values::Reason;

/// A step that needs a reason.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WithReason {
    /// Why.
    pub reason: Reason,
}

/// A step that may have a reason.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PerhapsWithReason {
    /// Why.
    reason: Option<Reason>,
}

impl PerhapsWithReason {
    /// The reason as text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.reason.as_ref().map(Reason::as_str)
    }
}
