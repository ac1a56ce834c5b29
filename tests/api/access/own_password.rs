//! A password that somebody else has set is changed before anything else; and any, when one likes.

use std::time::Duration;

use futures_util::future::join;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, STAFF_PASSWORD, changed};
use crate::support::client::{Call, Client, at_once};
use crate::support::county::County;
use crate::support::practice::text;

const OWN_PASSWORD: &str = "brass kettle, wet umbrella";

fn new_staff(county: &County) -> Value {
    json!({
        "name": "陈", "username": "chen", "password": STAFF_PASSWORD,
        "organizationId": county.town.id, "role": "viewer",
    })
}

fn change(client: &Client, old: &str, new: &str) -> Call {
    client.post("/me/password", json!({ "oldPassword": old, "newPassword": new }))
}

fn present(app: &TestApp, username: &str, password: &str) -> Call {
    app.anonymous().post("/sign-in/password", json!({ "username": username, "password": password }))
}

/// Somebody whose password the administrator has set.
async fn newcomer(app: &TestApp, county: &County) -> Client {
    app.administrator().await.post("/staff", new_staff(county)).await.created();
    app.sign_in_by_password("chen", STAFF_PASSWORD).await
}

on_both_engines! {
    async fn nothing_is_allowed_before_the_given_password_is_changed(app: TestApp) {
        let county = app.county().await;
        let chen = newcomer(&app, &county).await;
        let grants = county.town.path("/grants");
        for _ in 0..2 {
            chen.get(&grants).await.refused(Code::PasswordChangeNeeded);
            chen.get("/me/sessions").await.refused(Code::PasswordChangeNeeded);
            chen.post("/staff", changed(&new_staff(&county), "username", "li.ming"))
                .await
                .refused(Code::PasswordChangeNeeded);
        }
        assert_eq!(chen.get("/me").await.ok()["mustChangePassword"], true);

        change(&chen, STAFF_PASSWORD, OWN_PASSWORD).await.done();
        chen.get(&grants).await.ok();
        assert_eq!(chen.get("/me").await.ok()["mustChangePassword"], false);
        let again = app.sign_in_by_password("chen", OWN_PASSWORD).await;
        again.get(&grants).await.ok();
        present(&app, "chen", STAFF_PASSWORD).await.refused(Code::WrongCredentials);
    }

    async fn whoever_need_not_change_it_begins_to_work_at_once(app: TestApp) {
        let county = app.county().await;
        let body = changed(&new_staff(&county), "mustChangePassword", false);
        app.administrator().await.post("/staff", body).await.created();
        let chen = app.sign_in_by_password("chen", STAFF_PASSWORD).await;
        chen.get(county.town.path("/grants")).await.ok();
    }

    async fn who_will_not_change_it_may_leave(app: TestApp) {
        let chen = newcomer(&app, &app.county().await).await;
        chen.command("/sign-out").await.done();
        chen.get("/me").await.refused(Code::Unauthenticated);
    }

    async fn a_changed_password_ends_all_other_sign_ins(app: TestApp) {
        let elsewhere = present(&app, ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await.ok();
        let thief = app.with_token(text(&elsewhere["accessToken"]));
        thief.get("/me").await.ok();
        thief.get("/me").await.ok();
        let here = app.administrator().await;
        change(&here, ADMINISTRATOR_PASSWORD, OWN_PASSWORD).await.done();
        thief.get("/me").await.refused(Code::Unauthenticated);
        here.get("/me").await.ok();
    }

    async fn a_change_is_repeated_safely(app: TestApp) {
        let here = app.administrator().await;
        for _ in 0..2 {
            change(&here, ADMINISTRATOR_PASSWORD, OWN_PASSWORD).key("change-it").await.done();
        }
        present(&app, ADMINISTRATOR, OWN_PASSWORD).await.ok();
    }

    async fn the_old_password_must_be_known_and_the_new_one_be_good(app: TestApp) {
        let here = app.administrator().await;
        let refused = change(&here, "correct horse batterie", OWN_PASSWORD).await;
        refused.refused_field("/oldPassword", FieldCode::WrongPassword);
        // Whoever looks for a good one does not wait for that.
        for _ in 0..5 {
            let refused = change(&here, ADMINISTRATOR_PASSWORD, ADMINISTRATOR_PASSWORD).await;
            refused.refused_field("/newPassword", FieldCode::Unchanged);
        }
        let refused = change(&here, ADMINISTRATOR_PASSWORD, "administrator").await;
        refused.refused_field("/newPassword", FieldCode::TooWeak);
        let refused = change(&here, ADMINISTRATOR_PASSWORD, "short").await;
        refused.refused_field("/newPassword", FieldCode::TooShort);
        present(&app, ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await.ok();
    }

    async fn who_guesses_the_old_password_waits(app: TestApp) {
        let here = app.administrator().await;
        for _ in 0..5 {
            let refused = change(&here, "correct horse batterie", OWN_PASSWORD).await;
            refused.refused_field("/oldPassword", FieldCode::WrongPassword);
        }
        let refused = change(&here, ADMINISTRATOR_PASSWORD, OWN_PASSWORD).await;
        refused.refused(Code::TooManyTries);
    }

    async fn whoever_has_no_password_has_none_to_change(app: TestApp) {
        let resident = app.resident("王").await;
        change(&resident, STAFF_PASSWORD, OWN_PASSWORD).await.refused(Code::Forbidden);
    }

    /// Others are compared first, so that there is time enough for the change.
    async fn a_password_that_is_changed_while_it_is_compared_opens_nothing(app: TestApp) {
        let others = (0..6).map(|number| present(&app, &format!("somebody{number}"), "wrong"));
        let right = present(&app, ADMINISTRATOR, ADMINISTRATOR_PASSWORD);
        let calls: Vec<Call> = others.chain([right]).collect();
        let change = async {
            // Each account that was tried, and the address.
            while app.count("SELECT COUNT(*) FROM access_counts").await < 8 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            app.execute("UPDATE accounts SET password_hash = 'another' WHERE username IS NOT NULL")
                .await;
        };
        let (replies, ()) = join(at_once(calls), change).await;
        for refused in replies {
            refused.refused(Code::WrongCredentials);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM sessions").await, 0);
    }
}
