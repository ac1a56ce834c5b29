//! Where somebody is signed in, how long that lasts, and how he ends it.

use chrono::{Duration, SecondsFormat};
use redvest::app::Settings;
use redvest::platform::config::SignInTimes;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, PHONE_CODE};
use crate::support::client::{Call, Client};
use crate::support::practice::text;

/// How often the longest sign-in of these stories is refreshed at most.
const MORE_THAN_ENOUGH: usize = 500;

fn by_password(app: &TestApp) -> Call {
    let body = json!({ "username": ADMINISTRATOR, "password": ADMINISTRATOR_PASSWORD });
    app.anonymous().post("/sign-in/password", body)
}

fn refresh(app: &TestApp, signed_in: &Value) -> Call {
    let body = json!({ "refreshToken": signed_in["refreshToken"] });
    app.anonymous().post("/sign-in/refresh", body)
}

async fn by_phone(app: &TestApp, phone: &str) -> Value {
    app.anonymous().post("/sign-in/codes", json!({ "phone": phone })).await.status_is(202);
    let body = json!({ "phone": phone, "code": PHONE_CODE });
    app.anonymous().post("/sign-in/phone", body).await.ok()
}

/// Whoever shows the access token of this sign-in.
fn holder(app: &TestApp, signed_in: &Value) -> Client {
    app.with_token(text(&signed_in["accessToken"]))
}

async fn sessions(client: &Client) -> Vec<Value> {
    client.get("/me/sessions").await.items()
}

async fn present(client: &Client) -> Value {
    let all = sessions(client).await;
    all.into_iter().find(|session| session["present"] == true).expect("the present one")
}

fn path(session: &Value) -> String {
    format!("/me/sessions/{}", text(&session["sessionId"]))
}

/// The instant so far from now, as answers tell it.
fn instant(app: &TestApp, from_now: Duration) -> String {
    (app.clock.now() + from_now).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Uses a sign-in again and again until it is refused; gives how long it lasted.
async fn used_every(app: &TestApp, pause: Duration, mut signed_in: Value) -> Duration {
    let begun = app.clock.now();
    for _ in 0..MORE_THAN_ENOUGH {
        app.clock.advance(pause);
        let next = refresh(app, &signed_in).await;
        if next.status() != 200 {
            next.refused(Code::Unauthenticated);
            return app.clock.now() - begun;
        }
        signed_in = next.ok();
    }
    panic!("this sign-in never ends");
}

on_both_engines! {
    async fn one_sees_where_one_is_signed_in(app: TestApp) {
        let at_the_counter = by_password(&app).header("User-Agent", "Counter/1.0").await.ok();
        app.clock.advance(Duration::minutes(5));
        let at_home = by_password(&app).header("User-Agent", "  Home \t Browser  ").await.ok();
        let at_home = holder(&app, &at_home);
        let seen = sessions(&at_home).await;
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert_eq!(seen[0], json!({
            "sessionId": seen[0]["sessionId"],
            "method": "password",
            "client": "Home Browser",
            "startedAt": instant(&app, Duration::zero()),
            "refreshedAt": instant(&app, Duration::zero()),
            "expiresAt": instant(&app, Duration::hours(4)),
            "endsAt": instant(&app, Duration::hours(12)),
            "present": true,
        }));
        assert_eq!((&seen[1]["client"], &seen[1]["present"]), (&json!("Counter/1.0"), &json!(false)));

        refresh(&app, &at_the_counter).await.ok();
        let earlier = &sessions(&at_home).await[1];
        assert_eq!(earlier["startedAt"], instant(&app, -Duration::minutes(5)));
        assert_eq!(earlier["refreshedAt"], instant(&app, Duration::zero()));
    }

    async fn a_client_that_says_too_much_is_cut_short(app: TestApp) {
        let chatty = "x".repeat(1_000);
        let signed_in = by_password(&app).header("User-Agent", &chatty).await.ok();
        assert_eq!(present(&holder(&app, &signed_in)).await["client"], "x".repeat(200));
        let silent = by_password(&app).await.ok();
        assert_eq!(present(&holder(&app, &silent)).await["client"], Value::Null);
    }

    async fn one_sees_nobody_elses_sign_ins(app: TestApp) {
        let (resident, another) = (app.resident("王").await, app.resident("李").await);
        let own = sessions(&resident).await;
        assert_eq!(own.len(), 1);
        assert_eq!(own[0]["method"], "phone");
        for stranger in [another, app.administrator().await] {
            stranger.delete(path(&own[0])).await.refused(Code::NotFound);
        }
        resident.get("/me").await.ok();
    }

    async fn a_sign_in_that_was_ended_is_over_at_once(app: TestApp) {
        let lost = by_password(&app).await.ok();
        let phone = holder(&app, &lost);
        // Looked up twice: from now on he is remembered, where anybody is.
        let session = present(&phone).await;
        phone.get("/me").await.ok();
        let at_home = app.administrator().await;
        at_home.delete(path(&session)).await.done();
        phone.get("/me").await.refused(Code::Unauthenticated);
        refresh(&app, &lost).await.refused(Code::Unauthenticated);
        assert!(sessions(&at_home).await.iter().all(|one| one["sessionId"] != session["sessionId"]));
        at_home.delete(path(&session)).await.refused(Code::NotFound);
    }

    async fn the_present_sign_in_is_ended_like_any_other(app: TestApp) {
        let resident = app.resident("王").await;
        resident.delete(path(&present(&resident).await)).await.done();
        resident.get("/me").await.refused(Code::Unauthenticated);
    }

    async fn all_other_sign_ins_end_at_once_and_nobody_elses(app: TestApp) {
        let (here, there) = (by_password(&app).await.ok(), by_password(&app).await.ok());
        let resident = app.resident("王").await;
        let (client, other) = (holder(&app, &here), holder(&app, &there));
        other.get("/me").await.ok();
        other.get("/me").await.ok();
        client.command("/me/other-sessions/end").await.done();
        other.get("/me").await.refused(Code::Unauthenticated);
        refresh(&app, &there).await.refused(Code::Unauthenticated);
        assert_eq!(sessions(&client).await.len(), 1);
        refresh(&app, &here).await.ok();
        resident.get("/me").await.ok();
    }

    async fn sign_ins_are_read_page_by_page_from_either_end(app: TestApp) {
        let mut signed_in = Vec::new();
        for _ in 0..3 {
            app.clock.advance(Duration::minutes(1));
            signed_in.push(by_password(&app).await.ok());
        }
        let client = holder(&app, &signed_in[2]);
        let first = client.get("/me/sessions?limit=2").await.ok();
        assert_eq!(first["items"][0]["present"], true);
        let next = format!("/me/sessions?limit=2&cursor={}", text(&first["next"]));
        let second = client.get(next).await.ok();
        assert_eq!((second["items"].as_array().map(Vec::len), &second["next"]), (Some(1), &Value::Null));
        let earliest = client.get("/me/sessions?order=earliest_first").await.items();
        assert_eq!(earliest[0], second["items"][0]);
    }

    async fn a_sign_in_by_password_lapses_when_it_is_not_used(app: TestApp) {
        let signed_in = by_password(&app).await.ok();
        assert_eq!(signed_in["refreshBy"], instant(&app, Duration::hours(4)));
        app.clock.advance(Duration::hours(4) - Duration::seconds(1));
        let signed_in = refresh(&app, &signed_in).await.ok();
        app.clock.advance(Duration::hours(4));
        refresh(&app, &signed_in).await.refused(Code::Unauthenticated);
    }

    async fn a_sign_in_ends_however_often_it_is_used(app: TestApp) {
        let by_password = by_password(&app).await.ok();
        assert_eq!(by_password["endsAt"], instant(&app, Duration::hours(12)));
        assert_eq!(used_every(&app, Duration::hours(3), by_password).await, Duration::hours(12));

        let by_phone = by_phone(&app, "13900000001").await;
        assert_eq!(by_phone["endsAt"], instant(&app, Duration::days(180)));
        assert_eq!(used_every(&app, Duration::days(20), by_phone).await, Duration::days(180));
    }

    async fn no_access_token_outlives_its_sign_in(app: TestApp) {
        let signed_in = by_password(&app).await.ok();
        let mut last = signed_in;
        for hours in [3, 3, 3] {
            app.clock.advance(Duration::hours(hours));
            last = refresh(&app, &last).await.ok();
        }
        app.clock.advance(Duration::hours(3) - Duration::minutes(4));
        let last = refresh(&app, &last).await.ok();
        let end = instant(&app, Duration::minutes(4));
        assert_eq!((&last["expiresAt"], &last["refreshBy"]), (&json!(end), &json!(end)));
        let client = holder(&app, &last);
        app.clock.advance(Duration::minutes(4) - Duration::seconds(1));
        client.get("/me").await.ok();
        app.clock.advance(Duration::seconds(1));
        client.get("/me").await.refused(Code::Unauthenticated);
    }

    async fn how_long_sign_ins_last_is_configured(app: TestApp) {
        let strict = SignInTimes {
            password_idle_minutes: 30, password_sign_in_hours: 1, phone_idle_days: 2, phone_sign_in_days: 3,
        };
        let settings = Settings { sign_in_times: strict, ..Settings::default() };
        let strict = app.another_instance_with(settings).await;
        let signed_in = by_password(&strict).await.ok();
        assert_eq!(signed_in["refreshBy"], instant(&app, Duration::minutes(30)));
        assert_eq!(signed_in["endsAt"], instant(&app, Duration::hours(1)));
        assert_eq!(used_every(&strict, Duration::minutes(20), signed_in).await, Duration::hours(1));
        let signed_in = by_phone(&strict, "13900000001").await;
        assert_eq!(signed_in["refreshBy"], instant(&app, Duration::days(2)));
        assert_eq!(used_every(&strict, Duration::days(1), signed_in).await, Duration::days(3));
    }

    async fn what_is_over_is_not_listed_and_forgotten_after_a_month(app: TestApp) {
        by_password(&app).await.ok();
        app.clock.advance(Duration::hours(4));
        let client = holder(&app, &by_password(&app).await.ok());
        assert_eq!(sessions(&client).await.len(), 1);
        app.run_due_jobs().await;
        assert_eq!(stored(&app).await, 2, "kept for a while");
        app.clock.advance(Duration::days(30) + Duration::seconds(1));
        app.run_due_jobs().await;
        assert_eq!(stored(&app).await, 1, "what was over a month ago is gone");
        app.clock.advance(Duration::hours(4));
        app.run_due_jobs().await;
        assert_eq!(stored(&app).await, 0);
    }
}

async fn stored(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM sessions").await
}
