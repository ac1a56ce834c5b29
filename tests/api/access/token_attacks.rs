//! Attacks on access tokens by their names. The forger has the real key wherever that is worth
//! anything to him, so that each guard is tried alone.

use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::app::changed;
use crate::support::forging::{key_of_the_house, opened, part};
use crate::support::{Engine, TestApp};

/// A token of the administrator, with the real key for a story to sign it anew.
struct Forger {
    app: TestApp,
    key: EncodingKey,
    header: Value,
    claims: Value,
}

impl Forger {
    async fn of(app: &TestApp) -> Self {
        let (token, _) = app.administrator().await.tokens();
        let (header, claims) = opened(&token);
        Self { app: app.clone(), key: key_of_the_house(app).await, header, claims }
    }

    /// Signs with the real key, under any header that names its algorithm.
    fn signs(&self, header: &Value, claims: &Value) -> String {
        let header: Header = serde_json::from_value(header.clone()).expect("a header");
        encode(&header, claims, &self.key).expect("a token")
    }

    async fn with_header(&self, member: &str, value: Value) -> u16 {
        let header = changed(&self.header, member, value);
        let token = self.signs(&header, &self.claims);
        self.app.with_token(token).get("/me").await.status()
    }

    async fn with_claim(&self, claim: &str, value: Value) -> u16 {
        let token = self.signs(&self.header, &changed(&self.claims, claim, value));
        self.app.with_token(token).get("/me").await.status()
    }

    fn issued_at(&self) -> i64 {
        self.claims["iat"].as_i64().expect("a time")
    }
}

on_both_engines! {
    /// What all others are measured by.
    async fn a_forger_with_the_real_key_is_believed(app: TestApp) {
        let forger = Forger::of(&app).await;
        let token = forger.signs(&forger.header, &forger.claims);
        app.with_token(token).get("/me").await.ok();
    }

    async fn algorithm_none(app: TestApp) {
        let forger = Forger::of(&app).await;
        for algorithm in ["none", "None", "NONE", "nOnE", ""] {
            let header = changed(&forger.header, "alg", algorithm);
            for signature in ["", "AA"] {
                let token = format!("{}.{}.{signature}", part(&header), part(&forger.claims));
                app.with_token(token).get("/me").await.refused(Code::Unauthenticated);
            }
        }
    }

    async fn algorithm_confusion_with_the_public_key_as_a_secret(app: TestApp) {
        let forger = Forger::of(&app).await;
        let published = app.anonymous().get("//.well-known/jwks.json").await;
        let key = published.json()["keys"][0].clone();
        let secrets = [published.text().to_owned(), key.to_string(), key["x"].to_string()];
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let mut header: Header = serde_json::from_value(forger.header.clone()).expect("a header");
            header.alg = algorithm;
            for secret in &secrets {
                let secret = EncodingKey::from_secret(secret.as_bytes());
                let token = encode(&header, &forger.claims, &secret).expect("a token");
                app.with_token(token).get("/me").await.refused(Code::Unauthenticated);
            }
        }
    }

    async fn another_issuer(app: TestApp) {
        let forger = Forger::of(&app).await;
        let another = ["https://volunteers.example.org", "redvest", "", "http://127.0.0.1:8080/"];
        for issuer in another {
            assert_eq!(forger.with_claim("iss", json!(issuer)).await, 401, "{issuer}");
        }
        assert_eq!(forger.with_claim("iss", json!([forger.claims["iss"]])).await, 401);
        assert_eq!(forger.with_claim("iss", Value::Null).await, 401);
    }

    async fn another_audience(app: TestApp) {
        let forger = Forger::of(&app).await;
        let issuer = forger.claims["iss"].as_str().expect("an issuer");
        for audience in ["https://volunteers.example.org/api/v1", issuer, "redvest", "*", ""] {
            assert_eq!(forger.with_claim("aud", json!(audience)).await, 401, "{audience}");
        }
        assert_eq!(forger.with_claim("aud", json!(["another"])).await, 401);
        assert_eq!(forger.with_claim("aud", json!([])).await, 401);
        assert_eq!(forger.with_claim("aud", Value::Null).await, 401);
    }

    async fn another_type(app: TestApp) {
        let forger = Forger::of(&app).await;
        for typ in [json!("JWT"), json!("id+jwt"), json!("client-authentication+jwt"), Value::Null] {
            assert_eq!(forger.with_header("typ", typ.clone()).await, 401, "{typ}");
        }
    }

    async fn not_before_the_future(app: TestApp) {
        let forger = Forger::of(&app).await;
        let now = forger.issued_at();
        assert_eq!(forger.with_claim("nbf", json!(now)).await, 200);
        assert_eq!(forger.with_claim("nbf", json!(now + 5)).await, 200, "our clocks may differ");
        assert_eq!(forger.with_claim("nbf", json!(now + 6)).await, 401);
    }

    async fn issued_in_the_future(app: TestApp) {
        let forger = Forger::of(&app).await;
        let now = forger.issued_at();
        assert_eq!(forger.with_claim("iat", json!(now + 5)).await, 200, "our clocks may differ");
        assert_eq!(forger.with_claim("iat", json!(now + 6)).await, 401);
        assert_eq!(forger.with_claim("iat", Value::Null).await, 401);
    }

    async fn lapsed(app: TestApp) {
        let forger = Forger::of(&app).await;
        let token = forger.signs(&forger.header, &forger.claims);
        app.with_token(&token).get("/me").await.ok();
        assert_eq!(forger.with_claim("exp", json!(forger.issued_at())).await, 401);
        assert_eq!(forger.with_claim("exp", Value::Null).await, 401);
        app.clock.advance(Duration::minutes(10));
        // Though it was verified before.
        app.with_token(&token).get("/me").await.refused(Code::Unauthenticated);
    }

    async fn a_life_longer_than_ours(app: TestApp) {
        let forger = Forger::of(&app).await;
        let now = forger.issued_at();
        assert_eq!(forger.with_claim("exp", json!(now + 600)).await, 200);
        assert_eq!(forger.with_claim("exp", json!(now + 601)).await, 401);
        assert_eq!(forger.with_claim("exp", json!(i64::MAX)).await, 401);
        assert_eq!(forger.with_claim("iat", json!(i64::MIN)).await, 401);
    }

    async fn a_revoked_sign_in(app: TestApp) {
        let forger = Forger::of(&app).await;
        let token = forger.signs(&forger.header, &forger.claims);
        app.with_token(&token).get("/me").await.ok();
        app.administrator().await.command("/sign-out").await.done();
        app.with_token(&token).get("/me").await.refused(Code::Unauthenticated);
        assert_eq!(forger.with_claim("jti", forger.claims["sid"].clone()).await, 401);
    }

    async fn anothers_account_under_ones_own_sign_in(app: TestApp) {
        let administrator = app.administrator().await.account_id();
        let key = key_of_the_house(&app).await;
        let (header, claims) = opened(&app.resident("王").await.tokens().0);
        let forger = Forger { app: app.clone(), key, header, claims };
        assert_eq!(forger.with_claim("sub", json!(administrator)).await, 401);
    }

    async fn a_claim_left_out(app: TestApp) {
        let forger = Forger::of(&app).await;
        for claim in ["iss", "aud", "sub", "client_id", "iat", "exp", "jti", "sid"] {
            let mut claims = forger.claims.clone();
            claims.as_object_mut().expect("claims").remove(claim);
            let token = forger.signs(&forger.header, &claims);
            app.with_token(token).get("/me").await.refused(Code::Unauthenticated);
        }
    }

    async fn key_id_injection(app: TestApp) {
        let forger = Forger::of(&app).await;
        for kid in [
            "../../../../dev/null", "/dev/null", "file:///dev/null", "' OR '1'='1",
            "x' UNION SELECT 'AA", "$(id)", "0", "", "\u{0}", "http://127.0.0.1:1/key",
        ] {
            assert_eq!(forger.with_header("kid", json!(kid)).await, 401, "{kid}");
        }
        assert_eq!(forger.with_header("kid", Value::Null).await, 401);
        // A key of ours, but not the one that has signed.
        let published = app.anonymous().get("//.well-known/jwks.json").await.json();
        let next = published["keys"][1]["kid"].clone();
        assert_eq!(forger.with_header("kid", next).await, 401);
    }

    async fn a_key_that_the_token_brings_along(app: TestApp) {
        let forger = Forger::of(&app).await;
        let house = TestApp::on(Engine::Sqlite).await;
        let theirs = key_of_the_house(&house).await;
        let published = house.anonymous().get("//.well-known/jwks.json").await.json();
        let address = json!("http://127.0.0.1:1/keys.json");
        for (member, value) in [
            ("jwk", published["keys"][0].clone()),
            ("jku", address.clone()),
            ("x5u", address),
            ("x5c", json!(["MIIB"])),
        ] {
            let header = changed(&forger.header, member, value.clone());
            let header: Header = serde_json::from_value(header).expect("a header");
            let token = encode(&header, &forger.claims, &theirs).expect("a token");
            app.with_token(token).get("/me").await.refused(Code::Unauthenticated);
            // Where the key is the right one, they say nothing.
            assert_eq!(forger.with_header(member, value).await, 200);
        }
    }

    async fn a_header_that_must_be_understood(app: TestApp) {
        let forger = Forger::of(&app).await;
        assert_eq!(forger.with_header("crit", json!(["b64"])).await, 401);
        assert_eq!(forger.with_header("crit", json!([])).await, 401);
    }

    /// The same claims to the letter, by the key of another house, under either key's name.
    async fn a_token_of_another_installation(app: TestApp) {
        let forger = Forger::of(&app).await;
        let house = TestApp::on(Engine::Sqlite).await;
        let theirs = key_of_the_house(&house).await;
        let published = house.anonymous().get("//.well-known/jwks.json").await.json();
        let kid = published["keys"][0]["kid"].clone();
        for header in [forger.header.clone(), changed(&forger.header, "kid", kid)] {
            let header: Header = serde_json::from_value(header).expect("a header");
            let token = encode(&header, &forger.claims, &theirs).expect("a token");
            app.with_token(token).get("/me").await.refused(Code::Unauthenticated);
        }
    }
}
