//! By password, by phone and code, by refresh token; and out again.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, PHONE_CODE};
use crate::support::client::Call;

const PHONE: &str = "13900000001";

fn ask_for_code(app: &TestApp) -> Call {
    app.anonymous().post("/sign-in/codes", json!({ "phone": PHONE }))
}

fn sign_in(app: &TestApp, code: &str) -> Call {
    app.anonymous().post("/sign-in/phone", json!({ "phone": PHONE, "code": code, "name": "王" }))
}

fn refresh(app: &TestApp, token: &str) -> Call {
    app.anonymous().post("/sign-in/refresh", json!({ "refreshToken": token }))
}

fn token(answer: &Value, name: &str) -> String {
    answer[name].as_str().expect("a token").to_owned()
}

on_both_engines! {
    async fn a_password_opens_the_door_to_whoever_knows_it(app: TestApp) {
        let present = |username: &str, password: &str| {
            let body = json!({ "username": username, "password": password });
            app.anonymous().post("/sign-in/password", body)
        };
        present(ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await.ok();
        present("Administrator", ADMINISTRATOR_PASSWORD).await.ok();
        let wrong = present(ADMINISTRATOR, "correct horse batterie").await;
        let unknown = present("nobody.at.all", ADMINISTRATOR_PASSWORD).await;
        let (wrong, unknown) =
            (wrong.refused(Code::WrongCredentials), unknown.refused(Code::WrongCredentials));
        assert_eq!(wrong["title"], unknown["title"], "nobody learns which names exist");
    }

    async fn a_phone_and_its_code_open_an_account_once(app: TestApp) {
        ask_for_code(&app).await.status_is(202);
        let first = sign_in(&app, PHONE_CODE).await.ok();
        app.clock.advance(Duration::minutes(1));
        ask_for_code(&app).await.status_is(202);
        let second = sign_in(&app, PHONE_CODE).await.ok();
        assert_eq!(first["accountId"], second["accountId"]);
        assert_eq!(app.with_token(token(&second, "accessToken")).get("/me").await.ok()["name"], "王");
    }

    async fn a_code_is_good_for_one_signing_in(app: TestApp) {
        sign_in(&app, PHONE_CODE).await.refused(Code::WrongCredentials);
        ask_for_code(&app).await.status_is(202);
        sign_in(&app, PHONE_CODE).await.ok();
        sign_in(&app, PHONE_CODE).await.refused(Code::WrongCredentials);
    }

    async fn a_code_may_be_tried_five_times(app: TestApp) {
        ask_for_code(&app).await.status_is(202);
        for _ in 0..4 {
            sign_in(&app, "000000").await.refused(Code::WrongCredentials);
        }
        sign_in(&app, PHONE_CODE).await.ok();

        app.clock.advance(Duration::minutes(1));
        ask_for_code(&app).await.status_is(202);
        for _ in 0..5 {
            sign_in(&app, "000000").await.refused(Code::WrongCredentials);
        }
        sign_in(&app, PHONE_CODE).await.refused(Code::WrongCredentials);
    }

    async fn a_code_lapses_after_five_minutes(app: TestApp) {
        let sent = ask_for_code(&app).await.status_is(202).json();
        assert_eq!(sent["expiresAt"], "2026-03-02T02:05:00Z");
        app.clock.advance(Duration::minutes(5) - Duration::seconds(1));
        sign_in(&app, PHONE_CODE).await.ok();

        ask_for_code(&app).await.status_is(202);
        app.clock.advance(Duration::minutes(5));
        sign_in(&app, PHONE_CODE).await.refused(Code::WrongCredentials);
    }

    async fn the_next_code_can_be_had_after_a_minute(app: TestApp) {
        let sent = ask_for_code(&app).await.status_is(202).json();
        assert_eq!(sent["nextAt"], "2026-03-02T02:01:00Z");
        app.clock.advance(Duration::seconds(59));
        let refused = ask_for_code(&app).await;
        assert!(refused.header("Retry-After").is_some());
        refused.refused(Code::TooManyRequests);
        app.clock.advance(Duration::seconds(1));
        ask_for_code(&app).await.status_is(202);
    }

    async fn a_code_goes_to_a_telephone(app: TestApp) {
        for wrong in ["", "12345", "23900000001", "139000000011", "1390000000x"] {
            let call = app.anonymous().post("/sign-in/codes", json!({ "phone": wrong }));
            call.await.refused_field("/phone", FieldCode::NotAPhone);
        }
    }

    async fn a_refresh_token_is_exchanged_once_for_the_next_pair(app: TestApp) {
        let (_, first) = app.resident("王").await.tokens();
        let second = refresh(&app, &first).await.ok();
        let third = refresh(&app, &token(&second, "refreshToken")).await.ok();
        app.with_token(token(&third, "accessToken")).get("/me").await.ok();
    }

    async fn a_copied_refresh_token_ends_the_whole_sign_in(app: TestApp) {
        let (_, first) = app.resident("王").await.tokens();
        let second = refresh(&app, &first).await.ok();
        refresh(&app, &first).await.refused(Code::Unauthenticated);
        refresh(&app, &token(&second, "refreshToken")).await.refused(Code::Unauthenticated);
        let thief = app.with_token(token(&second, "accessToken"));
        thief.get("/me").await.refused(Code::Unauthenticated);
    }

    async fn a_refresh_token_lapses_after_thirty_days(app: TestApp) {
        let (_, first) = app.resident("王").await.tokens();
        app.clock.advance(Duration::days(29));
        let second = refresh(&app, &first).await.ok();
        app.clock.advance(Duration::days(30));
        refresh(&app, &token(&second, "refreshToken")).await.refused(Code::Unauthenticated);
    }

    async fn signing_out_works_at_once_and_for_this_sign_in_only(app: TestApp) {
        let at_the_counter = app.administrator().await;
        let at_home = app.sign_in_by_password(ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await;
        let (access, refresh_token) = at_home.tokens();
        at_home.command("/sign-out").await.done();
        app.with_token(access).get("/me").await.refused(Code::Unauthenticated);
        refresh(&app, &refresh_token).await.refused(Code::Unauthenticated);
        at_the_counter.get("/me").await.ok();
    }
}
