//! A partner shows who it is by what it signs with its own key (RFC 7523), and what only looks like
//! that.

use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use redvest::problem::Code;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::both_at_once;
use crate::support::forging::part;
use crate::support::own_key::{OwnKey, assertion_of, form_with};
use crate::support::partner::{AUDIENCE, ISSUER, Partner, SCOPES, basic, new_partner};
use crate::support::reply::Reply;

/// A partner at the town with these keys and no secret.
async fn partner_with(app: &TestApp, keys: &[&OwnKey]) -> Partner {
    let town = app.county().await.town;
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
    app.partner_of(&town, changed(&new_partner(&SCOPES), "keys", json!(keys))).await
}

async fn shows(app: &TestApp, assertion: &str) -> Reply {
    app.token_call(&form_with(assertion)).await
}

async fn is_refused(app: &TestApp, assertion: &str) -> String {
    let reply = shows(app, assertion).await.status_is(401);
    let body = reply.json();
    assert_eq!(body["error"], "invalid_client", "{reply}");
    let words = body["error_description"].as_str().expect("words").to_owned();
    let plain = |c: char| c.is_ascii() && !c.is_ascii_control() && !"\"\\".contains(c);
    assert!(words.chars().all(plain), "{reply}");
    words
}

/// Nobody but the holder of the key is told what is wrong.
async fn is_not_known(app: &TestApp, assertion: &str) {
    assert!(is_refused(app, assertion).await.starts_with("unknown"), "{assertion}");
}

on_both_engines! {
    async fn a_partner_gets_a_token_by_what_it_signs(app: TestApp) {
        let keys = [
            OwnKey::of_curve("curve"), OwnKey::of_rsa("rsa", "RS256"), OwnKey::of_rsa("pss", "PS256"),
        ];
        let partner = partner_with(&app, &[&keys[0], &keys[1], &keys[2]]).await;
        for key in &keys {
            let claims = assertion_of(&app, &partner.id);
            let reply = shows(&app, &key.sign(&key.header(), &claims)).await;
            assert_eq!(reply.header("Cache-Control"), Some("no-store"));
            let answer = reply.ok();
            assert_eq!(answer["scope"], "organizations.read demands.read");
            let client = app.with_token(answer["access_token"].as_str().expect("a token"));
            client.get("/organizations").await.ok();
        }
    }

    /// Some name no key, or not what it is; some name the token endpoint, or a list; some give an
    /// hour, or the client again.
    async fn libraries_differ_and_are_understood(app: TestApp) {
        let key = OwnKey::of_curve("one");
        let partner = partner_with(&app, &[&key]).await;
        let claims = || assertion_of(&app, &partner.id);
        let now = app.clock.now().timestamp();
        for header in [
            json!({ "alg": "ES256" }),
            json!({ "alg": "ES256", "typ": "jwt" }),
            json!({ "alg": "ES256", "kid": "one", "typ": "client-authentication+jwt" }),
        ] {
            shows(&app, &key.sign(&header, &claims())).await.ok();
        }
        let endpoint = format!("{ISSUER}/oauth2/token");
        for (claim, value) in [
            ("aud", json!(endpoint)),
            ("aud", json!([ISSUER])),
            ("aud", json!([endpoint, ISSUER])),
            ("exp", json!(now + 3_600)),
            ("exp", json!(now - 29)),
            ("iat", json!(now + 30)),
            ("iat", Value::Null),
            ("nbf", json!(now)),
            ("jti", json!("1")),
            ("purpose", json!("anything")),
        ] {
            let claims = changed(&claims(), claim, value);
            shows(&app, &key.sign(&key.header(), &claims)).await.ok();
        }
        let form = form_with(&key.sign(&key.header(), &claims()));
        let form = format!("{form}&client_id={}&scope=demands.read", partner.id);
        assert_eq!(app.token_call(&form).await.ok()["scope"], "demands.read");
    }

    async fn an_assertion_is_good_once(app: TestApp) {
        let key = OwnKey::of_curve("one");
        let partner = partner_with(&app, &[&key]).await;
        let other = app.another_instance().await;
        let claims = assertion_of(&app, &partner.id);
        let assertion = key.sign(&key.header(), &claims);
        shows(&app, &assertion).await.ok();
        assert!(is_refused(&app, &assertion).await.contains("jti"));
        assert!(is_refused(&other, &assertion).await.contains("jti"));
        // Nor is another one with its number.
        let later = changed(&claims, "exp", claims["exp"].as_i64().expect("a time") + 1);
        is_refused(&app, &key.sign(&key.header(), &later)).await;
        // Two at the same moment: one of them.
        let assertion = key.sign(&key.header(), &assertion_of(&app, &partner.id));
        let call = |app: &TestApp| app.token_call(&form_with(&assertion));
        let (one, two) = both_at_once(call(&app), call(&other)).await;
        let mut statuses = [one.status(), two.status()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }

    async fn numbers_are_a_partners_own(app: TestApp) {
        let key = OwnKey::of_curve("one");
        let county = app.county().await;
        for _ in 0..2 {
            let body = changed(&new_partner(&SCOPES), "keys", json!([key.jwk()]));
            let partner = app.partner_of(&county.town, body).await;
            let claims = changed(&assertion_of(&app, &partner.id), "jti", "1");
            shows(&app, &key.sign(&key.header(), &claims)).await.ok();
        }
    }

    async fn a_spent_assertion_is_forgotten_when_its_time_is_over(app: TestApp) {
        let key = OwnKey::of_curve("one");
        let partner = partner_with(&app, &[&key]).await;
        let assertion = key.sign(&key.header(), &assertion_of(&app, &partner.id));
        shows(&app, &assertion).await.ok();
        let spent = "SELECT COUNT(*) FROM spent_assertions";
        app.clock.advance(Duration::seconds(89));
        app.run_due_jobs().await;
        assert_eq!(app.count(spent).await, 1);
        assert!(is_refused(&app, &assertion).await.contains("jti"));
        app.clock.advance(Duration::seconds(1));
        app.run_due_jobs().await;
        assert_eq!(app.count(spent).await, 0);
        assert!(is_refused(&app, &assertion).await.contains("exp"));
    }

    async fn what_is_signed_wrongly_is_told_to_who_signed_it(app: TestApp) {
        let key = OwnKey::of_curve("one");
        let partner = partner_with(&app, &[&key]).await;
        let other = app.clock.new_id::<Uuid>();
        let now = app.clock.now().timestamp();
        for (claim, value, told) in [
            ("iss", json!(other), "iss"),
            ("iss", json!(ISSUER), "iss"),
            ("aud", json!("https://volunteers.example.org"), "aud"),
            ("aud", json!(AUDIENCE), "aud"),
            ("aud", json!([ISSUER, "https://volunteers.example.org"]), "aud"),
            ("aud", json!([]), "aud"),
            ("exp", json!(now - 30), "exp"),
            ("exp", json!(now + 3_631), "exp"),
            ("iat", json!(now + 31), "iat"),
            ("nbf", json!(now + 31), "nbf"),
            ("jti", Value::Null, "jti"),
            ("jti", json!(""), "jti"),
        ] {
            let claims = changed(&assertion_of(&app, &partner.id), claim, value);
            let words = is_refused(&app, &key.sign(&key.header(), &claims)).await;
            assert!(words.contains(told), "{claim}: {words}");
        }
        for (member, value) in [
            ("typ", json!("at+jwt")), ("typ", json!("dpop+jwt")), ("crit", json!(["exp"])),
        ] {
            let header = changed(&key.header(), member, value);
            let words = is_refused(&app, &key.sign(&header, &assertion_of(&app, &partner.id))).await;
            assert!(words.contains("header"), "{member}: {words}");
        }
    }

    /// The header says which key it is, and decides nothing.
    async fn a_key_is_the_partners_own_whatever_the_header_says(app: TestApp) {
        let (own, strange) = (OwnKey::of_curve("one"), OwnKey::of_curve("one"));
        let partner = partner_with(&app, &[&own]).await;
        let other = OwnKey::of_curve("two");
        partner_with(&app, &[&other]).await;
        let claims = || assertion_of(&app, &partner.id);
        is_not_known(&app, &strange.sign(&strange.header(), &claims())).await;
        is_not_known(&app, &other.sign(&other.header(), &claims())).await;
        let injected = [
            "two", "../../../../dev/null", "one' OR '1'='1", "0 UNION SELECT 1", "", "one\u{0}",
        ];
        for kid in injected {
            let header = changed(&own.header(), "kid", kid);
            is_not_known(&app, &own.sign(&header, &claims())).await;
            is_not_known(&app, &strange.sign(&header, &claims())).await;
        }
        let address = json!("http://127.0.0.1:1/keys.json");
        for (member, value) in
            [("jwk", strange.jwk()), ("jku", address.clone()), ("x5u", address.clone()), ("x5c", json!(["MIIB"]))]
        {
            let header = changed(&strange.header(), member, value.clone());
            is_not_known(&app, &strange.sign(&header, &claims())).await;
            // Where the key is the right one, they say nothing.
            let header = changed(&own.header(), member, value);
            shows(&app, &own.sign(&header, &claims())).await.ok();
        }
    }

    async fn a_key_verifies_with_its_own_algorithm(app: TestApp) {
        let (curve, rsa) = (OwnKey::of_curve("curve"), OwnKey::of_rsa("rsa", "RS256"));
        let partner = partner_with(&app, &[&curve, &rsa]).await;
        let claims = || assertion_of(&app, &partner.id);
        for alg in ["none", "None", "HS256", "PS256", "RS512", "ES384", "EdDSA"] {
            for key in [&curve, &rsa] {
                let header = changed(&key.header(), "alg", alg);
                is_not_known(&app, &key.sign(&header, &claims())).await;
                is_not_known(&app, &format!("{}.{}.", part(&header), part(&claims()))).await;
            }
        }
        // The public key is no shared secret.
        for key in [&curve, &rsa] {
            let jwk = key.jwk();
            let mut header = Header::new(Algorithm::HS256);
            header.kid = jwk["kid"].as_str().map(str::to_owned);
            for secret in [jwk.to_string(), jwk["x"].to_string(), jwk["n"].to_string()] {
                let secret = EncodingKey::from_secret(secret.as_bytes());
                is_not_known(&app, &encode(&header, &claims(), &secret).expect("a token")).await;
            }
        }
        // And the one key is not the other.
        is_not_known(&app, &curve.sign(&rsa.header(), &claims())).await;
        is_not_known(&app, &rsa.sign(&curve.header(), &claims())).await;
    }

    async fn a_changed_assertion_is_worth_nothing(app: TestApp) {
        let key = OwnKey::of_curve("one");
        let partner = partner_with(&app, &[&key]).await;
        let victim = partner_with(&app, &[&OwnKey::of_curve("one")]).await;
        let claims = assertion_of(&app, &partner.id);
        let good = key.sign(&key.header(), &claims);
        let signature = good.rsplit('.').next().expect("a signature");
        let later = changed(&claims, "exp", claims["exp"].as_i64().expect("a time") + 1);
        let of_victim = assertion_of(&app, &victim.id);
        for changed in [later, of_victim.clone()] {
            let forged = format!("{}.{}.{signature}", part(&key.header()), part(&changed));
            is_not_known(&app, &forged).await;
        }
        is_not_known(&app, &key.sign(&key.header(), &of_victim)).await;
        is_not_known(&app, good.trim_end_matches(signature)).await;
        for garbage in ["x", "..", "a.b.c", "null"] {
            is_not_known(&app, garbage).await;
        }
        shows(&app, &good).await.ok();
    }

    async fn an_access_token_is_no_assertion_and_an_assertion_no_access_token(app: TestApp) {
        let key = OwnKey::of_curve("one");
        let partner = partner_with(&app, &[&key]).await;
        let assertion = || key.sign(&key.header(), &assertion_of(&app, &partner.id));
        let answer = shows(&app, &assertion()).await.ok();
        let token = answer["access_token"].as_str().expect("a token");
        is_not_known(&app, token).await;
        is_not_known(&app, &app.administrator().await.tokens().0).await;
        app.with_token(assertion()).get("/organizations").await.refused(Code::Unauthenticated);
        // Nor what the partner signs to look like one of ours.
        let mut claims = assertion_of(&app, &partner.id);
        for (claim, value) in [
            ("iss", json!(ISSUER)), ("aud", json!(AUDIENCE)), ("client_id", json!(partner.id)),
            ("scope", json!("organizations.read")),
        ] {
            claims = changed(&claims, claim, value);
        }
        let keys = app.anonymous().get("//.well-known/jwks.json").await.ok();
        for kid in [json!("one"), keys["keys"][0]["kid"].clone()] {
            let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": kid });
            let forged = key.sign(&header, &claims);
            app.with_token(forged).get("/organizations").await.refused(Code::Unauthenticated);
        }
    }

    async fn who_shows_two_things_or_half_of_one_is_refused(app: TestApp) {
        let key = OwnKey::of_curve("one");
        let partner = partner_with(&app, &[&key]).await;
        let assertion = || key.sign(&key.header(), &assertion_of(&app, &partner.id));
        let form = || form_with(&assertion());
        let other = app.clock.new_id::<Uuid>();
        let unknown = form().replace("jwt-bearer", "saml2-bearer");
        let basic = basic(&partner.id, "x");
        for call in [
            app.token_call(&form()).header("Authorization", &basic),
            app.token_call(&format!("{}&client_secret=x", form())),
            app.token_call(&format!("{}&client_id={other}", form())),
            app.token_call(&format!("{0}&client_assertion={1}", form(), assertion())),
            app.token_call(&unknown),
            app.token_call(&form_with("")),
        ] {
            assert_eq!(call.await.status_is(400).json()["error"], "invalid_request");
        }
        let bare = format!("grant_type=client_credentials&client_assertion={}", assertion());
        assert_eq!(app.token_call(&bare).await.status_is(401).json()["error"], "invalid_client");
    }

    async fn a_partner_that_may_not_gets_nothing_by_its_key(app: TestApp) {
        let key = OwnKey::of_curve("one");
        let partner = partner_with(&app, &[&key]).await;
        let assertion = || key.sign(&key.header(), &assertion_of(&app, &partner.id));
        partner.is("/suspend").await;
        is_not_known(&app, &assertion()).await;
        partner.is("/resume").await;
        shows(&app, &assertion()).await.ok();
        let next = OwnKey::of_curve("next");
        let keys = json!({ "keys": [next.jwk()] });
        app.administrator().await.put(partner.path("/keys"), keys, "*").await.ok();
        is_not_known(&app, &assertion()).await;
        shows(&app, &next.sign(&next.header(), &assertion_of(&app, &partner.id))).await.ok();
        partner.is("/end").await;
        is_not_known(&app, &next.sign(&next.header(), &assertion_of(&app, &partner.id))).await;
        let nobody = app.clock.new_id::<Uuid>().to_string();
        is_not_known(&app, &key.sign(&key.header(), &assertion_of(&app, &nobody))).await;
    }
}
