//! Whoever guesses passwords waits, longer each time; whoever only mistypes hardly notices.

use chrono::Duration;
use redvest::app::Settings;
use redvest::platform::http::origin::Proxies;
use redvest::problem::Code;
use serde_json::json;

use crate::support::TestApp;
use crate::support::app::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD};
use crate::support::client::{Call, at_once};
use crate::support::reply::Reply;

const HERE: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.4";

fn present(app: &TestApp, username: &str, password: &str) -> Call {
    app.anonymous().post("/sign-in/password", json!({ "username": username, "password": password }))
}

/// The right password of the one account that there is.
fn right(app: &TestApp) -> Call {
    present(app, ADMINISTRATOR, ADMINISTRATOR_PASSWORD)
}

fn wrong(app: &TestApp) -> Call {
    present(app, ADMINISTRATOR, "correct horse batterie")
}

async fn fails(app: &TestApp, times: usize) {
    for _ in 0..times {
        wrong(app).await.refused(Code::WrongCredentials);
    }
}

/// From one address, each time with another user name.
async fn guesses(app: &TestApp, address: &str, names: std::ops::Range<usize>) {
    for number in names {
        let name = format!("somebody{number}");
        let guess = present(app, &name, "correct horse batterie").from(address);
        guess.await.refused(Code::WrongCredentials);
    }
}

/// How many seconds there are to wait.
#[track_caller]
fn wait(refused: Reply) -> i64 {
    let told = refused.header("Retry-After").expect("how long to wait").to_owned();
    let body = refused.refused(Code::TooManyTries);
    let remedy = body["remedy"].as_str().expect("a remedy");
    assert!(remedy.contains(&told), "{remedy}");
    told.parse().expect("a number of seconds")
}

on_both_engines! {
    async fn after_five_failures_an_account_waits_even_for_the_right_password(app: TestApp) {
        fails(&app, 5).await;
        assert_eq!(wait(wrong(&app).await), 60);
        assert_eq!(wait(right(&app).await), 60);
        app.clock.advance(Duration::milliseconds(59_001));
        assert_eq!(wait(right(&app).await), 1);
        app.clock.advance(Duration::milliseconds(999));
        right(&app).await.ok();
    }

    async fn the_right_password_begins_anew(app: TestApp) {
        for _ in 0..3 {
            fails(&app, 4).await;
            right(&app).await.ok();
        }
        fails(&app, 5).await;
        app.clock.advance(Duration::minutes(1));
        right(&app).await.ok();
        fails(&app, 4).await;
        right(&app).await.ok();
    }

    async fn every_further_failure_doubles_the_wait_up_to_half_an_hour(app: TestApp) {
        fails(&app, 5).await;
        for minutes in [1, 2, 4, 8, 16, 30, 30] {
            assert_eq!(wait(wrong(&app).await), minutes * 60);
            app.clock.advance(Duration::minutes(minutes) - Duration::seconds(1));
            // Whoever comes too early is not made to wait any longer for that.
            assert_eq!(wait(wrong(&app).await), 1);
            app.clock.advance(Duration::seconds(1));
            fails(&app, 1).await;
        }
    }

    async fn who_has_no_account_waits_like_everybody(app: TestApp) {
        let mut told = Vec::new();
        for name in [ADMINISTRATOR, "nobody.at.all"] {
            for _ in 0..5 {
                present(&app, name, "wrong").await.refused(Code::WrongCredentials);
            }
            let refused = present(&app, &name.to_uppercase(), "wrong").await;
            told.push((refused.json()["title"].clone(), wait(refused)));
        }
        assert_eq!(told[0], told[1]);
    }

    async fn an_account_waits_wherever_it_is_tried_from(app: TestApp) {
        fails(&app, 5).await;
        wait(right(&app).from(ELSEWHERE).await);
        app.resident("王").await.get("/me").await.ok();
    }

    async fn every_instance_knows_what_was_tried_at_another(app: TestApp) {
        let other = app.another_instance().await;
        fails(&app, 3).await;
        fails(&other, 2).await;
        wait(right(&app).await);
        wait(right(&other).await);
    }

    async fn many_tries_at_once_gain_nothing(app: TestApp) {
        let replies = at_once((0..12).map(|_| wrong(&app))).await;
        let compared = replies.iter().filter(|reply| reply.status() == 401).count();
        assert_eq!(compared, 5, "{}", replies[0]);
        assert!(replies.iter().all(|reply| [401, 429].contains(&reply.status())));
    }

    async fn an_address_waits_whatever_accounts_it_tries(app: TestApp) {
        guesses(&app, HERE, 0..29).await;
        // An office goes on to work: what is right does not count, and does not begin anew either.
        right(&app).from(HERE).await.ok();
        right(&app).from(HERE).await.ok();
        guesses(&app, HERE, 29..30).await;
        assert_eq!(wait(right(&app).from(HERE).await), 60);
        right(&app).from(ELSEWHERE).await.ok();

        app.clock.advance(Duration::minutes(1));
        right(&app).from(HERE).await.ok();
        right(&app).from(HERE).await.ok();
        guesses(&app, HERE, 30..31).await;
        assert_eq!(wait(right(&app).from(HERE).await), 120);
    }

    async fn a_network_of_the_newer_protocol_is_one_address(app: TestApp) {
        guesses(&app, "2001:db8:1:2::1", 0..15).await;
        guesses(&app, "2001:db8:1:2:ffff::9", 15..30).await;
        wait(right(&app).from("2001:db8:1:2::77").await);
        right(&app).from("2001:db8:1:3::1").await.ok();
    }

    async fn behind_a_proxy_the_address_is_the_one_that_it_was_called_from(app: TestApp) {
        let settings = Settings { proxies: Proxies(1), ..Settings::default() };
        let behind = app.another_instance_with(settings).await;
        let guess = |number: usize, forwarded: String| {
            let name = format!("somebody{number}");
            let guess = present(&behind, &name, "wrong").from("10.0.0.1");
            guess.header("X-Forwarded-For", &forwarded)
        };
        // What the caller made up himself stands before what the proxy has added.
        for number in 0..30 {
            let told = format!("192.0.2.{number}, {HERE}");
            guess(number, told).await.refused(Code::WrongCredentials);
        }
        let from = |address: &str| right(&behind).from("10.0.0.1").header("X-Forwarded-For", address);
        wait(from(HERE).await);
        wait(from(&format!("{HERE}:4711")).await);
        from(ELSEWHERE).await.ok();
    }

    async fn without_a_proxy_nobody_says_where_he_comes_from(app: TestApp) {
        for number in 0..30 {
            let name = format!("somebody{number}");
            let guess = present(&app, &name, "wrong").from(HERE);
            let made_up = guess.header("X-Forwarded-For", &format!("192.0.2.{number}"));
            made_up.await.refused(Code::WrongCredentials);
        }
        wait(right(&app).from(HERE).header("X-Forwarded-For", ELSEWHERE).await);
    }

    async fn failures_are_forgotten_after_a_day(app: TestApp) {
        fails(&app, 4).await;
        app.clock.advance(Duration::hours(24));
        fails(&app, 4).await;
        right(&app).await.ok();

        fails(&app, 2).await;
        let stored = "SELECT COUNT(*) FROM access_counts";
        app.clock.advance(Duration::hours(24) - Duration::seconds(1));
        app.run_due_jobs().await;
        assert!(app.count(stored).await > 0);
        app.clock.advance(Duration::seconds(1));
        app.run_due_jobs().await;
        assert_eq!(app.count(stored).await, 0);
    }

    async fn neither_names_nor_addresses_are_stored(app: TestApp) {
        guesses(&app, HERE, 0..1).await;
        let plain = "SELECT COUNT(*) FROM access_counts \
                      WHERE subject LIKE '%somebody%' OR subject LIKE '%203.0.113%'";
        assert_eq!(app.count(plain).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM access_counts").await, 2);
    }
}
