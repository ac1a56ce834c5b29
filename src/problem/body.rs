//! What a caller sees of a problem (RFC 9457 with five members of our own).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Code, FieldCode, FieldError, Language};

/// An RFC 9457 problem. Clients branch on `code`; people read `title` and `remedy`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URI reference that names the kind of problem; stable, like `code`.
    #[schema(format = "uri-reference", example = "/problems/not_found")]
    pub r#type: String,
    /// What is wrong, in the caller's language.
    #[schema(example = "没有找到，或者您无权查看")]
    pub title: String,
    /// The HTTP status, repeated for clients that cannot see it.
    #[schema(minimum = 400, maximum = 599, example = 404)]
    pub status: u16,
    /// The stable code. New codes may appear: treat unknown ones by `status`.
    pub code: Code,
    /// What the caller can do about it, in his language.
    #[schema(example = "请检查编号是否正确")]
    pub remedy: String,
    /// The number under which the server's log knows this request.
    pub request_id: String,
    /// The fields that cannot be accepted; empty when no field is to blame.
    pub errors: Vec<FieldErrorBody>,
    /// With `consent_required`: the privacy notices to show. Each is agreed to by
    /// `POST /api/v1/me/consents`; then the same request is sent again. Empty otherwise.
    #[schema(value_type = Vec<String>)]
    pub privacy_notice_ids: Vec<Uuid>,
}

/// One field that cannot be accepted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FieldError)]
pub struct FieldErrorBody {
    /// A JSON pointer into the body, or `query:name`, `path:name`, `header:name`.
    #[schema(example = "/place/latitude")]
    pub pointer: String,
    /// What is wrong with it.
    pub code: FieldCode,
    /// The same in words, with the remedy.
    #[schema(example = "不能为空")]
    pub detail: String,
}

impl ProblemBody {
    /// Puts a problem into words.
    #[must_use]
    pub(super) fn of(
        code: Code,
        value: &str,
        fields: &[FieldError],
        language: Language,
        request_id: &str,
    ) -> Self {
        Self {
            r#type: format!("/problems/{code}"),
            title: code.title(language).replace("{value}", value),
            status: code.status().as_u16(),
            code,
            remedy: code.remedy(language).replace("{value}", value),
            request_id: request_id.to_owned(),
            errors: fields.iter().map(|field| FieldErrorBody::of(field, language)).collect(),
            privacy_notice_ids: Vec::new(),
        }
    }
}

impl FieldErrorBody {
    fn of(field: &FieldError, language: Language) -> Self {
        Self {
            pointer: field.pointer.clone(),
            code: field.code,
            detail: field.code.text(language).replace("{value}", &field.value),
        }
    }
}
