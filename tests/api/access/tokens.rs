//! What an access token is worth, and what only looks like one.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use redvest::problem::Code;
use serde_json::json;

use crate::support::TestApp;
use crate::support::forging::{opened, part};

/// The header of the real token, under another algorithm.
fn header_of(token: &str, algorithm: Algorithm) -> Header {
    let (real, _) = opened(token);
    let mut header = Header::new(algorithm);
    header.typ = real["typ"].as_str().map(str::to_owned);
    header.kid = real["kid"].as_str().map(str::to_owned);
    header
}

fn key_of_a_stranger() -> EncodingKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    EncodingKey::from_ec_der(pair.to_pkcs8v1().expect("a document").as_ref())
}

async fn is_refused(app: &TestApp, token: String) {
    app.with_token(token).get("/me").await.refused(Code::Unauthenticated);
}

on_both_engines! {
    async fn a_token_lapses_after_ten_minutes(app: TestApp) {
        let (token, _) = app.resident("王").await.tokens();
        app.clock.advance(Duration::minutes(10) - Duration::seconds(1));
        app.with_token(token.clone()).get("/me").await.ok();
        app.clock.advance(Duration::seconds(1));
        let refused = app.with_token(token).get("/me").await;
        assert_eq!(refused.header("WWW-Authenticate"), Some("Bearer"));
        refused.refused(Code::Unauthenticated);
    }

    async fn the_public_key_is_published_and_names_the_tokens_key(app: TestApp) {
        let (token, _) = app.resident("王").await.tokens();
        let keys = app.anonymous().get("//.well-known/jwks.json").await.ok();
        assert_eq!(keys["keys"][0]["kid"], opened(&token).0["kid"]);
        assert!(keys["keys"][0].get("d").is_none(), "the private part stays here");
    }

    async fn nobody_is_two_people_at_once(app: TestApp) {
        let (wang, li) = (app.resident("王").await, app.resident("李").await);
        let second = format!("Bearer {}", li.tokens().0);
        wang.get("/me").header("Authorization", &second).await.refused(Code::Unauthenticated);
    }

    async fn only_bearers_are_known(app: TestApp) {
        let (token, _) = app.resident("王").await.tokens();
        for scheme in ["Basic", "Token", "DPoP"] {
            let value = format!("{scheme} {token}");
            let call = app.anonymous().get("/me").header("Authorization", &value);
            call.await.refused(Code::Unauthenticated);
        }
        let lower = format!("bearer {token}");
        app.anonymous().get("/me").header("Authorization", &lower).await.ok();
    }

    async fn a_changed_token_is_worth_nothing(app: TestApp) {
        let (token, _) = app.resident("王").await.tokens();
        let administrator = app.administrator().await;
        let (header, claims) = opened(&token);
        let signature = token.rsplit('.').next().expect("a signature");
        let mut promoted = claims.clone();
        promoted["sub"] = json!(administrator.account_id());
        let mut longer = claims.clone();
        longer["exp"] = json!(claims["exp"].as_i64().expect("a time") + 3_600);
        for changed in [promoted, longer] {
            is_refused(&app, format!("{}.{}.{signature}", part(&header), part(&changed))).await;
        }
        is_refused(&app, token.trim_end_matches(signature).to_owned()).await;
    }

    async fn a_token_without_a_signature_is_worth_nothing(app: TestApp) {
        let (token, _) = app.administrator().await.tokens();
        let (mut header, claims) = opened(&token);
        for algorithm in ["none", "None", "NONE"] {
            header["alg"] = json!(algorithm);
            is_refused(&app, format!("{}.{}.", part(&header), part(&claims))).await;
        }
    }

    async fn the_public_key_is_not_taken_for_a_shared_secret(app: TestApp) {
        let (token, _) = app.administrator().await.tokens();
        let (_, claims) = opened(&token);
        let published = app.anonymous().get("//.well-known/jwks.json").await;
        let key = published.json()["keys"][0].clone();
        let secrets = [published.text().to_owned(), key.to_string(), part(&key)];
        for secret in secrets {
            let key = EncodingKey::from_secret(secret.as_bytes());
            let header = header_of(&token, Algorithm::HS256);
            is_refused(&app, encode(&header, &claims, &key).expect("a token")).await;
        }
    }

    async fn a_strangers_signature_is_worth_nothing(app: TestApp) {
        let (token, _) = app.administrator().await.tokens();
        let (_, claims) = opened(&token);
        let header = header_of(&token, Algorithm::ES256);
        is_refused(&app, encode(&header, &claims, &key_of_a_stranger()).expect("a token")).await;
    }

    async fn garbage_is_no_token(app: TestApp) {
        for garbage in ["", "x", "..", "a.b.c", "null"] {
            is_refused(&app, garbage.to_owned()).await;
        }
    }
}
