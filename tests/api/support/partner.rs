//! Partners: other systems, with an id and a secret.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::app::TestApp;
use super::client::{Call, Client};
use super::county::Organization;

/// Who issues tokens where nobody has configured anything.
pub const ISSUER: &str = "http://127.0.0.1:8080";
/// What they are good for there.
pub const AUDIENCE: &str = "http://127.0.0.1:8080/api/v1";

/// Every scope that there is.
pub const SCOPES: [&str; 2] = ["organizations.read", "demands.read"];

/// The body that registers a partner.
pub fn new_partner(scopes: &[&str]) -> Value {
    json!({
        "name": "便民平台",
        "contact": "县大数据中心 王工 0577-63700000",
        "purpose": "展示办理进度",
        "scopes": scopes,
        "expiresAt": "2027-03-01T00:00:00Z",
    })
}

/// A partner that a story registered.
#[derive(Clone)]
pub struct Partner {
    /// Its id, and its client id.
    pub id: String,
    /// Its secret; empty where it has none.
    pub secret: String,
    app: TestApp,
}

impl TestApp {
    /// Registers a partner at an organization.
    pub async fn partner(&self, at: &Organization, scopes: &[&str]) -> Partner {
        self.partner_of(at, new_partner(scopes)).await
    }

    /// Registers a partner by any body.
    pub async fn partner_of(&self, at: &Organization, body: Value) -> Partner {
        let administrator = self.administrator().await;
        let partner = administrator.post(at.path("/partners"), body).await.created();
        let text = |name: &str| partner[name].as_str().unwrap_or_default().to_owned();
        Partner { id: text("partnerId"), secret: text("clientSecret"), app: self.clone() }
    }

    /// Asks the token endpoint, with this form.
    pub fn token_call(&self, form: &str) -> Call {
        let call = self.anonymous().call(Method::POST, "/oauth2/token");
        call.body("application/x-www-form-urlencoded", form)
    }
}

/// What HTTP Basic sends.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

impl Partner {
    /// The address of the partner, or of something under it.
    pub fn path(&self, rest: &str) -> String {
        format!("/partners/{}{rest}", self.id)
    }

    /// Asks for a token by HTTP Basic, with this form.
    pub fn asks(&self, form: &str) -> Call {
        self.app.token_call(form).header("Authorization", &basic(&self.id, &self.secret))
    }

    /// A token for everything that it may.
    pub async fn token(&self) -> String {
        let answer = self.asks("grant_type=client_credentials").await.ok();
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// The partner with a token of this moment.
    pub async fn client(&self) -> Client {
        self.app.with_token(self.token().await)
    }

    /// The platform's administrator does this to it.
    pub async fn is(&self, command: &str) -> Value {
        self.app.administrator().await.command(self.path(command)).await.ok()
    }
}
