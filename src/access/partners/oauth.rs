//! # The token endpoint, as RFC 6749 wants it
//!
//! A form comes in, a client shows who it is, JSON goes out; refusals have the form of
//! the RFC instead of our own, so that an ordinary client library understands them.
//! What a library may send and we do not know is passed over, as the RFC asks.

use std::future::Future;
use std::pin::Pin;
use std::str::FromStr as _;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::assertions;
use super::contract::{TokenAnswer, TokenError, TokenErrorCode, TokenForm};
use super::domain::{Partner, Scope};
use crate::ids::PartnerId;
use crate::platform::http::json;
use crate::platform::http::outermost::InOwnWords;
use crate::problem::Problem;

/// The largest form, in bytes.
const MAXIMUM_FORM: usize = 8 * 1024;

/// Why there is no token.
#[derive(Debug)]
pub struct Refusal {
    code: TokenErrorCode,
    words: &'static str,
}

impl Refusal {
    const fn of(code: TokenErrorCode, words: &'static str) -> Self {
        Self { code, words }
    }

    const fn request(words: &'static str) -> Self {
        Self::of(TokenErrorCode::InvalidRequest, words)
    }

    /// The client is not known by what it shows; which part is wrong is not told.
    #[must_use]
    pub const fn client() -> Self {
        Self::of(
            TokenErrorCode::InvalidClient,
            "unknown, suspended, ended or expired client, or not its secret or key",
        )
    }

    /// What the client has signed does not hold. It is told what is wrong: nobody else can
    /// have signed it.
    #[must_use]
    pub const fn assertion(words: &'static str) -> Self {
        Self::of(TokenErrorCode::InvalidClient, words)
    }

    /// The code of the RFC.
    #[must_use]
    pub const fn code(&self) -> TokenErrorCode {
        self.code
    }

    /// The answer in the form of the RFC.
    #[must_use]
    pub fn answer(self) -> HttpResponse {
        let is_about_client = self.code == TokenErrorCode::InvalidClient;
        let status =
            if is_about_client { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        let mut response = HttpResponse::build(status);
        if is_about_client {
            response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"redvest\""));
        }
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        let words = self.words.to_owned();
        let mut response = response.json(TokenError { error: self.code, error_description: words });
        response.extensions_mut().insert(InOwnWords);
        response
    }
}

/// The answer that carries a token.
#[must_use]
pub fn granted(access_token: String, minutes: i64, scopes: &[Scope]) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .json(TokenAnswer {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: minutes * 60,
            scope: Scope::write_list(scopes),
        })
}

/// What a client sent, not looked at yet.
pub struct TokenCall {
    headers: HeaderMap,
    form: Bytes,
}

impl FromRequest for TokenCall {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let headers = request.headers().clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let form = json::read_payload(&mut payload, MAXIMUM_FORM).await?;
            Ok(Self { headers, form })
        })
    }
}

/// What a client shows for being who it says it is.
pub enum Shown {
    /// Its secret.
    Secret(String),
    /// What it has signed.
    Assertion(String),
}

/// A request for a token, read.
pub struct TokenRequest {
    /// Who asks.
    pub partner_id: PartnerId,
    /// What it shows for that.
    pub shown: Shown,
    scope: Option<String>,
}

impl TokenCall {
    /// Reads the form and what the client shows.
    ///
    /// # Errors
    /// What the RFC answers when that is not right.
    pub fn read(&self) -> Result<TokenRequest, Refusal> {
        if !is_form(&self.headers) {
            return Err(Refusal::request("send application/x-www-form-urlencoded"));
        }
        let form = form_of(&self.form)?;
        match form.grant_type.as_deref() {
            Some("client_credentials") => {}
            Some(_) => {
                let words = "the only grant is client_credentials";
                return Err(Refusal::of(TokenErrorCode::UnsupportedGrantType, words));
            }
            None => return Err(Refusal::request("grant_type is missing")),
        }
        let (partner_id, shown) = if form.client_assertion_type.is_some() {
            assertion(&self.headers, &form)?
        } else {
            let (id, secret) = credentials(&self.headers, &form)?;
            (partner_of(&id)?, Shown::Secret(secret))
        };
        Ok(TokenRequest { partner_id, shown, scope: form.scope })
    }
}

impl TokenRequest {
    /// The scopes that the token is to reach: those asked for, or all that the partner has.
    ///
    /// # Errors
    /// `invalid_scope` when it asks for one that it does not have.
    pub fn scopes_of(&self, partner: &Partner) -> Result<Vec<Scope>, Refusal> {
        let own = Scope::read_list(&partner.scopes);
        let Some(wanted) = &self.scope else { return Ok(own) };
        let names = wanted.split(' ').filter(|name| !name.is_empty());
        let wanted: Option<Vec<Scope>> =
            names.map(|name| Scope::named(name).filter(|scope| own.contains(scope))).collect();
        wanted.filter(|wanted| !wanted.is_empty()).ok_or_else(|| {
            let words = "the client is not registered for this scope";
            Refusal::of(TokenErrorCode::InvalidScope, words)
        })
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = value.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// A parameter without a value is as good as absent, one that comes twice is refused, and
/// one that is not known is passed over (RFC 6749, 3.2).
fn form_of(bytes: &[u8]) -> Result<TokenForm, Refusal> {
    let mut form = TokenForm::default();
    for (name, value) in form_urlencoded::parse(bytes) {
        let place = match &*name {
            "grant_type" => &mut form.grant_type,
            "scope" => &mut form.scope,
            "client_id" => &mut form.client_id,
            "client_secret" => &mut form.client_secret,
            "client_assertion_type" => &mut form.client_assertion_type,
            "client_assertion" => &mut form.client_assertion,
            _ => continue,
        };
        if place.is_some() {
            return Err(Refusal::request("a parameter comes more than once"));
        }
        *place = Some(value.into_owned()).filter(|value| !value.is_empty());
    }
    Ok(form)
}

fn partner_of(id: &str) -> Result<PartnerId, Refusal> {
    Uuid::from_str(id).map(PartnerId).map_err(|_| Refusal::client())
}

/// Who asks, by what it has signed, and by nothing else beside that (RFC 7521, 4.2).
fn assertion(headers: &HeaderMap, form: &TokenForm) -> Result<(PartnerId, Shown), Refusal> {
    if headers.contains_key(header::AUTHORIZATION) || form.client_secret.is_some() {
        return Err(Refusal::request("show an assertion or a secret, not both"));
    }
    if form.client_assertion_type.as_deref() != Some(assertions::TYPE) {
        return Err(Refusal::request("the only client_assertion_type is that of RFC 7523"));
    }
    let missing = || Refusal::request("client_assertion is missing");
    let text = form.client_assertion.clone().ok_or_else(missing)?;
    let named = assertions::named(&text).ok_or_else(Refusal::client)?;
    match &form.client_id {
        Some(id) if partner_of(id)? != named => {
            Err(Refusal::request("client_id is another than that of the assertion"))
        }
        _ => Ok((named, Shown::Assertion(text))),
    }
}

/// Who asks and what he shows: by HTTP Basic or in the form, never both (RFC 6749, 2.3).
fn credentials(headers: &HeaderMap, form: &TokenForm) -> Result<(String, String), Refusal> {
    let mut shown = headers.get_all(header::AUTHORIZATION);
    let basic = shown.next().and_then(|value| value.to_str().ok());
    if shown.next().is_some() {
        return Err(Refusal::request("show one Authorization header"));
    }
    let Some(basic) = basic else {
        let both = form.client_id.clone().zip(form.client_secret.clone());
        return both.ok_or_else(Refusal::client);
    };
    if form.client_secret.is_some() {
        return Err(Refusal::request("show the secret once: by HTTP Basic or in the form"));
    }
    let (id, secret) = basic_credentials(basic).ok_or_else(Refusal::client)?;
    if form.client_id.as_ref().is_some_and(|named| *named != id) {
        return Err(Refusal::request("client_id is another than that of HTTP Basic"));
    }
    Ok((id, secret))
}

/// Both parts are encoded as in a form before they are joined (RFC 6749, 2.3.1).
fn basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id), decoded(secret)))
}

/// One part, which has no names and values in it.
fn decoded(text: &str) -> String {
    let single = text.replace('&', "%26").replace('=', "%3D");
    let pair = form_urlencoded::parse(single.as_bytes()).next();
    pair.map(|(name, _)| name.into_owned()).unwrap_or_default()
}
