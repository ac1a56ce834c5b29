//! Tokens as somebody would make them who has stolen the key, for a story to spoil.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use redvest::platform::vault::{Field, Sealed, row_named};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use super::app::TestApp;
use super::partner::{AUDIENCE, ISSUER};

/// The key that the installation signs with, as only its database and its master key know it.
pub async fn key_of_the_house(app: &TestApp) -> EncodingKey {
    let text = "SELECT private_key FROM signing_keys WHERE status = 'current'";
    let stored: String = if app.db.engine_name() == "sqlite" {
        let mut own = SqliteConnection::connect(app.database_url()).await.expect("a connection");
        sqlx::query_scalar(text).fetch_one(&mut own).await.expect("a key")
    } else {
        let mut own = PgConnection::connect(app.database_url()).await.expect("a connection");
        sqlx::query_scalar(text).fetch_one(&mut own).await.expect("a key")
    };
    let keys = app.anonymous().get("//.well-known/jwks.json").await.ok();
    let row = row_named(keys["keys"][0]["kid"].as_str().expect("a key"));
    let field = Field::of("signing_keys", "private_key");
    let opened = app.db.keyring().open(field, row, &Sealed::from(stored.as_str()));
    let document = STANDARD.decode(opened.expect("it opens")).expect("base64");
    EncodingKey::from_ec_der(&document)
}

/// The header and claims of a token of this partner that would be good.
pub async fn good_parts(app: &TestApp, partner: &str) -> (Header, Value) {
    let keys = app.anonymous().get("//.well-known/jwks.json").await.ok();
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = keys["keys"][0]["kid"].as_str().map(str::to_owned);
    let now = app.clock.now().timestamp();
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": partner, "client_id": partner,
        "scope": "organizations.read", "iat": now, "exp": now + 600,
        "jti": app.clock.new_id::<Uuid>(),
    });
    (header, claims)
}

/// The header and the claims of a token.
pub fn opened(token: &str) -> (Value, Value) {
    let part = |index: usize| {
        let part = token.split('.').nth(index).expect("a part of the token");
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("a part in base64");
        serde_json::from_slice(&bytes).expect("a part in JSON")
    };
    (part(0), part(1))
}

/// A part of a token.
pub fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
