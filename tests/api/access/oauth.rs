//! The token endpoint, as an ordinary OAuth client library finds it: the bytes are those that such
//! libraries send.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Duration, SecondsFormat};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use redvest::problem::Code;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Call;
use crate::support::partner::{AUDIENCE, ISSUER, SCOPES, basic, new_partner};

const GRANT: &str = "grant_type=client_credentials";

/// Refused in the form of RFC 6749, 5.2.
async fn is_refused(call: Call, status: u16, error: &str) {
    let reply = call.await.status_is(status);
    assert_eq!(reply.header("Content-Type"), Some("application/json"), "{reply}");
    assert_eq!(reply.header("Cache-Control"), Some("no-store"), "{reply}");
    let challenge = (status == 401).then_some("Basic realm=\"redvest\"");
    assert_eq!(reply.header("WWW-Authenticate"), challenge, "{reply}");
    let body = reply.json();
    assert_eq!(body["error"], error, "{reply}");
    let plain = |c: char| c.is_ascii() && !c.is_ascii_control() && !"\"\\".contains(c);
    assert!(body["error_description"].as_str().expect("words").chars().all(plain), "{reply}");
}

on_both_engines! {
    async fn a_partner_gets_a_token_by_basic_or_in_the_form(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let by_basic = partner.asks(GRANT).await;
        let in_form = format!("{GRANT}&client_id={}&client_secret={}", partner.id, partner.secret);
        let in_form = app.token_call(&in_form).await;
        for reply in [by_basic, in_form] {
            assert_eq!(reply.header("Cache-Control"), Some("no-store"));
            assert_eq!(reply.header("Pragma"), Some("no-cache"));
            let answer = reply.ok();
            assert_eq!(answer["token_type"], "Bearer");
            assert_eq!(answer["expires_in"], 600);
            assert_eq!(answer["scope"], "organizations.read demands.read");
            let token = answer["access_token"].as_str().expect("a token");
            app.with_token(token).get(county.town.path("")).await.ok();
        }
    }

    /// Some libraries name the client in the form beside HTTP Basic, say which encoding the form
    /// has, encode more than they must, and send what this server does not know.
    async fn libraries_differ_and_are_understood(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let encoded = basic(&partner.id.replace('-', "%2D"), &partner.secret.replace('-', "%2D"));
        let form = format!("{GRANT}&client_id={}&audience=redvest&resource=x&scope=", partner.id);
        let call = app.anonymous().call(Method::POST, "/oauth2/token");
        let call = call.body("application/x-www-form-urlencoded;charset=UTF-8", form);
        call.header("Authorization", &encoded).await.ok();
    }

    /// RFC 9068: what anybody can check who has the public keys.
    async fn a_token_can_be_verified_by_the_published_keys(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let token = partner.token().await;
        let keys = app.anonymous().get("//.well-known/jwks.json").await.ok();
        let keys: JwkSet = serde_json::from_value(keys).expect("a set of keys");
        let key = DecodingKey::from_jwk(&keys.keys[0]).expect("a key");
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        // The clock of the story is not that of the library.
        validation.validate_exp = false;
        let verified = decode::<Value>(&token, &key, &validation).expect("a token of ours");
        assert_eq!(verified.header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(verified.header.kid, keys.keys[0].common.key_id);
        let claims = verified.claims;
        assert_eq!(claims["sub"], json!(partner.id));
        assert_eq!(claims["client_id"], json!(partner.id));
        assert_eq!(claims["scope"], "organizations.read demands.read");
        assert_eq!(claims["iat"], app.clock.now().timestamp());
        assert_eq!(claims["exp"], app.clock.now().timestamp() + 600);
        let number = |token: &str| {
            let claims = token.split('.').nth(1).expect("claims");
            let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
            serde_json::from_slice::<Value>(&claims).expect("JSON")["jti"].clone()
        };
        assert!(number(&token).is_string());
        assert_ne!(number(&token), number(&partner.token().await), "each has its own number");
    }

    async fn a_token_reaches_no_more_than_was_asked_for(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let answer = partner.asks(&format!("{GRANT}&scope=demands.read")).await.ok();
        assert_eq!(answer["scope"], "demands.read");
        let client = app.with_token(answer["access_token"].as_str().expect("a token"));
        client.get(format!("/demands?within={}", county.town.id)).await.ok();
        client.get(county.town.path("")).await.refused(Code::ScopeMissing);
        let narrow = app.partner(&county.town, &["demands.read"]).await;
        for scope in ["organizations.read", "demands.read+organizations.read", "demands.write"] {
            let call = narrow.asks(&format!("{GRANT}&scope={scope}"));
            is_refused(call, 400, "invalid_scope").await;
        }
    }

    async fn who_cannot_prove_himself_gets_no_token(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let other = app.partner(&county.town, &SCOPES).await;
        let shown = |id: &str, secret: &str| {
            app.token_call(GRANT).header("Authorization", &basic(id, secret))
        };
        let nobody = app.clock.new_id::<Uuid>().to_string();
        let administrator = app.administrator().await.account_id();
        for call in [
            app.token_call(GRANT),
            app.token_call(&format!("{GRANT}&client_id={}", partner.id)),
            app.token_call(GRANT).header("Authorization", "Bearer x"),
            app.token_call(GRANT).header("Authorization", "Basic !"),
            shown(&partner.id, ""),
            shown(&partner.id, &other.secret),
            shown(&partner.id, &format!("{}&", partner.secret)),
            shown(&nobody, &partner.secret),
            shown("administrator", "correct horse battery"),
            shown(&administrator, "correct horse battery"),
        ] {
            is_refused(call, 401, "invalid_client").await;
        }
    }

    async fn what_is_no_request_for_a_token_is_refused(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let secret = format!("{GRANT}&client_secret={}", partner.secret);
        let other_client = format!("{GRANT}&client_id={}", app.clock.new_id::<Uuid>());
        for form in ["", "scope=demands.read", &format!("{GRANT}&{GRANT}"), &secret, &other_client] {
            is_refused(partner.asks(form), 400, "invalid_request").await;
        }
        let twice = partner.asks(GRANT).header("Authorization", &basic(&partner.id, "x"));
        is_refused(twice, 400, "invalid_request").await;
        for grant in ["password", "authorization_code", "refresh_token"] {
            let call = partner.asks(&format!("grant_type={grant}"));
            is_refused(call, 400, "unsupported_grant_type").await;
        }
        app.anonymous().get("/oauth2/token").await.refused(Code::MethodNotAllowed);
        let long = format!("{GRANT}&state={}", "x".repeat(9_000));
        partner.asks(&long).await.refused(Code::TooLarge);
    }

    async fn a_secret_is_worth_nothing_when_the_partner_may_not(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        partner.is("/suspend").await;
        is_refused(partner.asks(GRANT), 401, "invalid_client").await;
        partner.is("/resume").await;
        partner.asks(GRANT).await.ok();
        partner.is("/end").await;
        is_refused(partner.asks(GRANT), 401, "invalid_client").await;
        let soon = (app.clock.now() + Duration::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
        let body = changed(&new_partner(&SCOPES), "expiresAt", soon);
        let short = app.partner_of(&county.town, body).await;
        short.asks(GRANT).await.ok();
        app.clock.advance(Duration::hours(1));
        is_refused(short.asks(GRANT), 401, "invalid_client").await;
    }

    async fn a_renewed_secret_ends_the_one_before_at_once(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let client = partner.client().await;
        let renewed = partner.is("/renew-secret").await;
        is_refused(partner.asks(GRANT), 401, "invalid_client").await;
        let secret = renewed["clientSecret"].as_str().expect("a secret");
        let call = app.token_call(GRANT).header("Authorization", &basic(&partner.id, secret));
        call.await.ok();
        client.get(county.town.path("")).await.ok();
        partner.is("/suspend").await;
        client.get(county.town.path("")).await.refused(Code::Unauthenticated);
    }
}
