//! Something that one has, besides the password that one knows.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::STAFF_PASSWORD;
use crate::support::client::{Call, Client, at_once};
use crate::support::county::County;
use crate::support::practice::text;

/// An authenticator app with one secret, as it was shown to be typed in.
struct Authenticator {
    app: TestApp,
    secret: Vec<u8>,
}

impl Authenticator {
    fn new(app: &TestApp, shown: &str) -> Self {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let value = |c| alphabet.find(c).expect("a letter of the alphabet");
        let bit = |value: usize, place: usize| u8::from(value & (1 << place) != 0);
        let bits: Vec<u8> = shown
            .chars()
            .flat_map(|c| (0..5).rev().map(move |place| (c, place)))
            .map(|(c, place)| bit(value(c), place))
            .collect();
        let byte = |bits: &[u8]| bits.iter().fold(0, |byte, bit| (byte << 1) | bit);
        Self { app: app.clone(), secret: bits.chunks_exact(8).map(byte).collect() }
    }

    /// What it shows at this moment.
    fn code(&self) -> String {
        let step = self.app.clock.now().timestamp() / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
        format!("{:06}", number % 1_000_000)
    }

    /// What it shows next.
    fn next_code(&self) -> String {
        self.app.clock.advance(Duration::seconds(30));
        self.code()
    }
}

fn present(app: &TestApp, code: Option<&str>) -> Call {
    let body = json!({ "username": "chen", "password": STAFF_PASSWORD, "code": code });
    app.anonymous().post("/sign-in/password", body)
}

/// Chen, who works at the town.
async fn chen(app: &TestApp, county: &County) -> Client {
    let body = json!({
        "name": "陈", "username": "chen", "password": STAFF_PASSWORD,
        "organizationId": county.town.id, "role": "dispatcher", "mustChangePassword": false,
    });
    app.administrator().await.post("/staff", body).await.created();
    app.sign_in_by_password("chen", STAFF_PASSWORD).await
}

async fn begun(app: &TestApp, client: &Client) -> Authenticator {
    let begin = client.post("/me/second-factor", json!({ "password": STAFF_PASSWORD }));
    Authenticator::new(app, &text(&begin.await.ok()["secret"]))
}

fn confirm(client: &Client, code: &str) -> Call {
    client.post("/me/second-factor/confirm", json!({ "code": code }))
}

/// Somebody who has set it up, with the recovery codes that he wrote down.
async fn set_up(app: &TestApp, client: &Client) -> (Authenticator, Vec<String>) {
    let authenticator = begun(app, client).await;
    let confirmed = confirm(client, &authenticator.code()).await.ok();
    let codes = confirmed["codes"].as_array().expect("codes").iter().map(text).collect();
    (authenticator, codes)
}

async fn demands(app: &TestApp, county: &County, demanded: bool) {
    app.rule(&county.town, json!({ "name": "sign_in", "secondFactor": demanded })).await;
}

on_both_engines! {
    async fn whoever_has_one_signs_in_with_it(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        assert_eq!(chen.get("/me").await.ok()["hasSecondFactor"], false);
        let (authenticator, _) = set_up(&app, &chen).await;
        assert_eq!(chen.get("/me").await.ok()["hasSecondFactor"], true);
        present(&app, None).await.refused(Code::SecondFactorNeeded);
        let code = authenticator.next_code();
        present(&app, Some(&code)).await.ok();
        // The same code is not good twice, not even at the same instant.
        present(&app, Some(&code)).await.refused(Code::WrongSecondFactor);
        let code = authenticator.next_code();
        let both = at_once([present(&app, Some(&code)), present(&app, Some(&code))]).await;
        assert_eq!(both.iter().filter(|reply| reply.status() == 200).count(), 1);
    }

    async fn an_unconfirmed_one_is_none(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        confirm(&chen, "123456").await.refused(Code::NotPossible);
        let first = begun(&app, &chen).await;
        present(&app, None).await.ok();
        // Begun again: the secret before is worth nothing.
        let second = begun(&app, &chen).await;
        confirm(&chen, &first.code()).await.refused_field("/code", FieldCode::WrongCode);
        present(&app, None).await.ok();
        confirm(&chen, &second.code()).await.ok();
        present(&app, None).await.refused(Code::SecondFactorNeeded);
        chen.post("/me/second-factor", json!({ "password": STAFF_PASSWORD }))
            .await
            .refused(Code::NotPossible);
    }

    async fn where_nothing_can_be_guessed_no_try_is_counted(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        for _ in 0..6 {
            confirm(&chen, "123456").await.refused(Code::NotPossible);
            let remove = chen.post("/me/second-factor/remove", json!({ "code": "123456" }));
            remove.await.refused(Code::NotPossible);
        }
        present(&app, None).await.ok();
        begun(&app, &chen).await;
        for _ in 0..5 {
            confirm(&chen, "000000").await.refused_field("/code", FieldCode::WrongCode);
        }
        confirm(&chen, "000000").await.refused(Code::TooManyTries);
    }

    async fn a_token_alone_does_not_set_one_up(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        let guess = || chen.post("/me/second-factor", json!({ "password": "wet umbrella" }));
        for _ in 0..5 {
            guess().await.refused_field("/password", FieldCode::WrongPassword);
        }
        guess().await.refused(Code::TooManyTries);
        // Whoever signs in by phone has nothing that a second factor would stand beside.
        let resident = app.resident("王").await;
        resident
            .post("/me/second-factor", json!({ "password": STAFF_PASSWORD }))
            .await
            .refused(Code::Forbidden);
    }

    async fn each_recovery_code_is_good_once(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        let (authenticator, codes) = set_up(&app, &chen).await;
        assert_eq!(codes.len(), 10);
        present(&app, Some(&codes[0])).await.ok();
        present(&app, Some(&codes[0])).await.refused(Code::WrongSecondFactor);
        // Typed as it was copied: without hyphens, in capitals.
        let copied = codes[1].replace('-', "").to_uppercase();
        present(&app, Some(&copied)).await.ok();
        let body = json!({ "code": authenticator.next_code() });
        let renewed = chen.post("/me/second-factor/recovery-codes", body).await.ok();
        present(&app, Some(&codes[2])).await.refused(Code::WrongSecondFactor);
        present(&app, Some(&text(&renewed["codes"][0]))).await.ok();
        let secret = URL_SAFE_NO_PAD.encode(&authenticator.secret);
        assert!(!app.texts("accounts", "second_factor_secret").await.contains(&secret));
        for table in ["recovery_codes", "journal"] {
            let column = if table == "journal" { "answer_body" } else { "digest" };
            assert!(!app.texts(table, column).await.contains(&codes[3]), "kept in clear in {table}");
        }
    }

    async fn what_is_shown_once_is_not_repeated(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        let begin = || chen.post("/me/second-factor", json!({ "password": STAFF_PASSWORD })).key("k");
        assert!(begin().await.ok()["secret"].is_string());
        let again = begin().await.ok();
        assert_eq!((&again["secret"], &again["uri"]), (&Value::Null, &Value::Null));
    }

    async fn guessing_at_codes_locks_like_guessing_at_passwords(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        let (authenticator, _) = set_up(&app, &chen).await;
        for _ in 0..4 {
            present(&app, Some("000000")).await.refused(Code::WrongSecondFactor);
            // Showing the password alone gives no new tries.
            present(&app, None).await.refused(Code::SecondFactorNeeded);
        }
        present(&app, Some("000000")).await.refused(Code::WrongSecondFactor);
        present(&app, Some(&authenticator.next_code())).await.refused(Code::TooManyTries);
        app.clock.advance(Duration::minutes(2));
        present(&app, Some(&authenticator.code())).await.ok();
    }

    async fn asking_for_it_costs_no_try(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        let (authenticator, _) = set_up(&app, &chen).await;
        for _ in 0..40 {
            present(&app, None).await.refused(Code::SecondFactorNeeded);
        }
        present(&app, Some(&authenticator.next_code())).await.ok();
    }

    async fn a_node_demands_it_of_everybody_who_works_there(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        let elsewhere = app.staff("dispatcher", &county.center).await;
        let desk = county.town.path("/grants");
        demands(&app, &county, true).await;
        chen.get(&desk).await.refused(Code::SecondFactorSetupNeeded);
        chen.get(&desk).await.refused(Code::SecondFactorSetupNeeded);
        let me = chen.get("/me").await.ok();
        assert_eq!(me["mustSetUpSecondFactor"], true);
        elsewhere.get(&desk).await.ok();
        let (authenticator, _) = set_up(&app, &chen).await;
        chen.get(&desk).await.ok();
        // Without it he is held up again.
        let body = json!({ "code": authenticator.next_code() });
        chen.post("/me/second-factor/remove", body).await.done();
        chen.get(&desk).await.refused(Code::SecondFactorSetupNeeded);
        demands(&app, &county, false).await;
        chen.get(&desk).await.ok();
        present(&app, None).await.ok();
    }

    async fn a_sign_in_by_telephone_does_not_reach_what_demands_it(app: TestApp) {
        let county = app.county().await;
        let wang = app.resident("王").await;
        app.grant("administrator", &county.town, &wang).await;
        app.grant("viewer", &county.other_town, &wang).await;
        let desk = county.town.path("/grants");
        wang.get(&desk).await.ok();
        demands(&app, &county, true).await;
        wang.get(&desk).await.refused(Code::PasswordSignInNeeded);
        let give = json!({ "accountId": wang.account_id(), "role": "viewer" });
        wang.post(&desk, give).await.refused(Code::PasswordSignInNeeded);
        // Elsewhere nobody demands it, and what he may do as a resident stays his.
        wang.get(county.other_town.path("/grants")).await.ok();
        let me = wang.get("/me").await.ok();
        assert_eq!(me["withheldGrants"][0]["role"], "administrator");
        assert_eq!(me["grants"].as_array().map(Vec::len), Some(1));
        demands(&app, &county, false).await;
        wang.get(&desk).await.ok();
        assert_eq!(wang.get("/me").await.ok()["withheldGrants"], json!([]));
    }

    async fn having_one_is_not_having_shown_it(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        set_up(&app, &chen).await;
        demands(&app, &county, true).await;
        let desk = county.town.path("/grants");
        chen.get(&desk).await.ok();
        // As if he had signed in by telephone, without the app.
        app.execute("UPDATE sessions SET method = 'phone' WHERE method = 'password'").await;
        app.grant("viewer", &county.village, &chen).await;
        chen.get(&desk).await.refused(Code::PasswordSignInNeeded);
        assert_eq!(chen.get("/me").await.ok()["hasSecondFactor"], true);
    }

    async fn removing_it_takes_a_code(app: TestApp) {
        let county = app.county().await;
        let chen = chen(&app, &county).await;
        let remove = |code: &str| chen.post("/me/second-factor/remove", json!({ "code": code }));
        remove("123456").await.refused(Code::NotPossible);
        let (_, codes) = set_up(&app, &chen).await;
        remove("000000").await.refused_field("/code", FieldCode::WrongCode);
        present(&app, None).await.refused(Code::SecondFactorNeeded);
        remove(&codes[0]).await.done();
        present(&app, None).await.ok();
    }
}
