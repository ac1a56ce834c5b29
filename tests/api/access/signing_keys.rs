//! The keys change and nobody notices: not who is signed in, not who verifies, not another instance.

use chrono::Duration;
use jsonwebtoken::encode;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::{at_once, both_at_once};
use crate::support::forging::{good_parts, key_of_the_house, opened, part};
use crate::support::partner::SCOPES;

/// The ids of the published keys.
async fn published(app: &TestApp) -> Vec<Value> {
    let keys = app.anonymous().get("//.well-known/jwks.json").await.ok();
    keys["keys"].as_array().expect("keys").iter().map(|key| key["kid"].clone()).collect()
}

async fn rotate(app: &TestApp) {
    app.administrator().await.command("/signing-keys/rotate").await.ok();
    // Whoever asks next takes the change up.
    app.administrator().await.get("/me").await.ok();
}

/// A token that somebody gets at this moment.
async fn token_of_now(app: &TestApp) -> String {
    app.resident("王").await.tokens().0
}

fn key_of(token: &str) -> Value {
    opened(token).0["kid"].clone()
}

/// A token whose key nobody has.
fn of_a_made_up_key(token: &str) -> String {
    let (header, claims) = opened(token);
    let header = changed(&header, "kid", "made-up");
    let signature = token.rsplit('.').next().expect("a signature");
    format!("{}.{}.{signature}", part(&header), part(&claims))
}

on_both_engines! {
    async fn the_private_parts_are_sealed(app: TestApp) {
        published(&app).await;
        let private = app.texts("signing_keys", "private_key").await;
        assert_eq!(private.lines().count(), 2);
        // Not the beginning of PKCS #8 in base64, but the letter of a cipher.
        assert!(private.lines().all(|key| key.starts_with("a1.") && !key.contains("MIG")));
        let secrets = app.texts("secrets", "secret").await;
        assert!(secrets.lines().all(|secret| secret.starts_with("a1.")), "{secrets}");
    }

    async fn the_next_key_is_published_before_it_signs(app: TestApp) {
        let before = published(&app).await;
        assert_eq!(before.len(), 2);
        assert_eq!(key_of(&token_of_now(&app).await), before[0]);
        rotate(&app).await;
        assert_eq!(key_of(&token_of_now(&app).await), before[1]);
        let after = published(&app).await;
        assert_eq!((&after[0], &after[2]), (&before[1], &before[0]));
        assert!(!before.contains(&after[1]), "a new one is next");
        let reply = app.anonymous().get("//.well-known/jwks.json").await;
        assert_eq!(reply.header("Cache-Control"), Some("public, max-age=300"));
        for key in reply.json()["keys"].as_array().expect("keys") {
            assert_eq!((&key["alg"], &key["use"]), (&json!("ES256"), &json!("sig")));
            assert!(key.get("d").is_none(), "the private part stays here");
        }
    }

    async fn nobody_is_signed_out_by_a_rotation(app: TestApp) {
        let resident = app.resident("王").await;
        let (token, refresh) = resident.tokens();
        rotate(&app).await;
        app.clock.advance(Duration::minutes(10) - Duration::seconds(1));
        app.with_token(&token).get("/me").await.ok();
        app.clock.advance(Duration::seconds(1));
        app.with_token(&token).get("/me").await.refused(Code::Unauthenticated);
        let body = json!({ "refreshToken": refresh });
        let refreshed = app.anonymous().post("/sign-in/refresh", body).await.ok();
        let token = refreshed["accessToken"].as_str().expect("a token");
        assert_eq!(key_of(token), published(&app).await[0]);
        app.with_token(token).get("/me").await.ok();
    }

    async fn a_key_that_signs_no_more_is_gone_when_no_token_of_it_can_live(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let (header, claims) = good_parts(&app, &partner.id).await;
        let stolen = key_of_the_house(&app).await;
        rotate(&app).await;
        let private = "SELECT COUNT(*) FROM signing_keys WHERE private_key IS NOT NULL";
        assert_eq!(app.count(private).await, 2, "the current one and the next");
        // Whoever has stolen it signs what we would not, or goes on to sign.
        let call = |claims: &Value| {
            app.with_token(encode(&header, claims, &stolen).expect("a token"))
                .get(county.town.path(""))
        };
        call(&claims).await.ok();
        let exp = claims["exp"].as_i64().expect("a time");
        let long = changed(&claims, "exp", exp + 1);
        call(&long).await.refused(Code::Unauthenticated);
        app.clock.advance(Duration::minutes(14) + Duration::seconds(59));
        let late = changed(&changed(&claims, "iat", exp), "exp", exp + 600);
        call(&late).await.ok();
        assert_eq!(published(&app).await.len(), 3);
        app.run_due_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM signing_keys").await, 3);
        app.clock.advance(Duration::seconds(1));
        // Though it was verified a moment ago.
        call(&late).await.refused(Code::Unauthenticated);
        assert_eq!(published(&app).await.len(), 2);
        app.run_due_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM signing_keys").await, 2);
    }

    async fn every_instance_takes_the_new_keys_up(app: TestApp) {
        let other = app.another_instance().await;
        rotate(&app).await;
        let token = token_of_now(&app).await;
        other.with_token(&token).get("/me").await.ok();
        assert_eq!(published(&other).await, published(&app).await);
        assert_eq!(key_of(&token_of_now(&other).await), key_of(&token));
        // Rotated twice, the key that signs is one that the other has never seen.
        rotate(&app).await;
        rotate(&app).await;
        let token = token_of_now(&app).await;
        assert!(!published(&other).await.contains(&key_of(&token)));
        other.with_token(&token).get("/me").await.ok();
        assert_eq!(published(&other).await, published(&app).await);
    }

    async fn who_only_makes_tokens_takes_the_new_keys_up_with_the_jobs(app: TestApp) {
        let other = app.another_instance().await;
        rotate(&app).await;
        assert_ne!(key_of(&token_of_now(&other).await), published(&app).await[0]);
        app.with_token(token_of_now(&other).await).get("/me").await.ok();
        other.run_due_jobs().await;
        assert_eq!(key_of(&token_of_now(&other).await), published(&app).await[0]);
    }

    async fn keys_that_somebody_makes_up_are_looked_up_once_a_second(app: TestApp) {
        let other = app.another_instance().await;
        let made_up = of_a_made_up_key(&token_of_now(&app).await);
        other.with_token(&made_up).get("/me").await.refused(Code::Unauthenticated);
        rotate(&app).await;
        rotate(&app).await;
        let token = token_of_now(&app).await;
        other.with_token(&token).get("/me").await.refused(Code::Unauthenticated);
        app.clock.advance(Duration::seconds(1));
        other.with_token(&token).get("/me").await.ok();
    }

    async fn whoever_rotates_at_the_same_time_rotates_twice(app: TestApp) {
        let administrator = app.administrator().await;
        let call = || administrator.command("/signing-keys/rotate");
        let (one, two) = both_at_once(call(), call()).await;
        one.ok();
        two.ok();
        let keys = administrator.get("/signing-keys").await.items();
        let statuses: Vec<&Value> = keys.iter().map(|key| &key["status"]).collect();
        assert_eq!(statuses, ["current", "next", "previous", "previous"]);
        for reply in at_once((0..3).map(|_| administrator.get("/me"))).await {
            reply.ok();
        }
    }

    async fn the_keys_and_their_times_are_seen_by_who_runs_the_installation(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let call = || administrator.command("/signing-keys/rotate").key("once");
        let rotated = call().await.items();
        assert_eq!(call().await.items(), rotated, "repeated, and not rotated again");
        assert_eq!(administrator.get("/signing-keys").await.items(), rotated);
        let [current, next, previous] = rotated.try_into().expect("three keys");
        assert_eq!(current["retiredAt"], Value::Null);
        assert_eq!((&next["status"], &next["activatedAt"]), (&json!("next"), &Value::Null));
        assert_eq!(previous["verifiesUntil"], "2026-03-02T02:15:00Z");
        let told = "SELECT COUNT(*) FROM journal WHERE name = 'signing_keys.rotated.v1'";
        assert_eq!(app.count(told).await, 1);
        let staff = app.staff("administrator", &county.center).await;
        staff.get("/signing-keys").await.refused(Code::Forbidden);
        staff.command("/signing-keys/rotate").await.refused(Code::Forbidden);
    }

    async fn a_check_in_code_is_good_while_the_keys_are_rotated(app: TestApp) {
        let county = app.county().await;
        let staff = app.staff("administrator", &county.village).await;
        let code = county.village.path("/check-in-code");
        let before = staff.get(&code).await.ok();
        rotate(&app).await;
        rotate(&app).await;
        assert_eq!(staff.get(&code).await.ok(), before);
        let other = app.another_instance().await;
        assert_eq!(other.with_token(staff.tokens().0).get(&code).await.ok(), before);
    }
}
