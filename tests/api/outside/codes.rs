//! How many one-time codes are sent: to one phone, and when asked from one address; and what is
//! kept of them.

use chrono::Duration;
use redvest::app::Settings;
use redvest::platform::config::CodeLimits;
use redvest::problem::Code;
use serde_json::json;

use crate::support::TestApp;
use crate::support::client::{Call, at_once};
use crate::support::reply::Reply;

const PHONE: &str = "13900000001";
const HERE: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.4";

fn ask(app: &TestApp, phone: &str) -> Call {
    app.anonymous().post("/sign-in/codes", json!({ "phone": phone }))
}

/// How many seconds there are to wait.
#[track_caller]
fn wait(refused: Reply) -> i64 {
    let told = refused.header("Retry-After").expect("how long to wait").to_owned();
    refused.refused(Code::TooManyRequests);
    told.parse().expect("seconds")
}

/// From one address, each time to another phone.
async fn asks_from(app: &TestApp, address: &str, times: usize) {
    for _ in 0..times {
        ask(app, &app.next_phone()).from(address).await.status_is(202);
    }
}

on_both_engines! {
    async fn the_wait_is_told_to_the_second(app: TestApp) {
        ask(&app, PHONE).await.status_is(202);
        app.clock.advance(Duration::milliseconds(20_500));
        assert_eq!(wait(ask(&app, PHONE).await), 40);
        app.clock.advance(Duration::milliseconds(39_500));
        ask(&app, PHONE).await.status_is(202);
    }

    async fn who_has_signed_in_need_not_wait_and_who_asks_again_waits_anew(app: TestApp) {
        let body = json!({ "phone": PHONE, "code": "123456" });
        ask(&app, PHONE).await.status_is(202);
        app.clock.advance(Duration::seconds(40));
        app.anonymous().post("/sign-in/phone", body).await.ok();
        ask(&app, PHONE).await.status_is(202);
        app.clock.advance(Duration::seconds(40));
        assert_eq!(wait(ask(&app, PHONE).await), 20);
    }

    async fn a_phone_gets_ten_codes_a_day(app: TestApp) {
        for _ in 0..10 {
            ask(&app, PHONE).await.status_is(202);
            app.clock.advance(Duration::minutes(1));
        }
        assert_eq!(wait(ask(&app, PHONE).await), (24 * 60 - 10) * 60);
        ask(&app, "13900000002").await.status_is(202);
        app.clock.advance(Duration::minutes(24 * 60 - 10));
        ask(&app, PHONE).await.status_is(202);
    }

    async fn an_address_asks_for_sixty_an_hour(app: TestApp) {
        asks_from(&app, HERE, 60).await;
        app.clock.advance(Duration::minutes(10));
        assert_eq!(wait(ask(&app, PHONE).from(HERE).await), 50 * 60);
        ask(&app, PHONE).from(ELSEWHERE).await.status_is(202);
        app.clock.advance(Duration::minutes(50));
        ask(&app, PHONE).from(HERE).await.status_is(202);
    }

    async fn an_address_asks_for_so_many_a_day(app: TestApp) {
        let few = CodeLimits { codes_per_address_day: 3, ..CodeLimits::default() };
        let app = app
            .another_instance_with(Settings { code_limits: few, ..Settings::default() })
            .await;
        for _ in 0..3 {
            asks_from(&app, HERE, 1).await;
            app.clock.advance(Duration::hours(1));
        }
        assert_eq!(wait(ask(&app, PHONE).from(HERE).await), 21 * 3600);
    }

    async fn every_instance_knows_what_another_has_sent(app: TestApp) {
        let other = app.another_instance().await;
        ask(&app, PHONE).await.status_is(202);
        assert_eq!(wait(ask(&other, PHONE).await), 60);
    }

    async fn of_many_at_once_one_is_sent(app: TestApp) {
        let answers = at_once((0..6).map(|_| ask(&app, PHONE))).await;
        let sent = answers.iter().filter(|answer| answer.status() == 202).count();
        assert_eq!(sent, 1);
        assert!(answers.iter().all(|answer| [202, 429].contains(&answer.status())));
    }

    async fn of_two_who_show_one_code_at_once_one_is_signed_in(app: TestApp) {
        for number in 2..6 {
            let phone = format!("1390000000{number}");
            ask(&app, &phone).await.status_is(202);
            let body = json!({ "phone": phone, "code": "123456" });
            let call = || app.anonymous().post("/sign-in/phone", body.clone());
            let answers = at_once((0..3).map(|_| call())).await;
            let signed_in = answers.iter().filter(|answer| answer.status() == 200).count();
            assert_eq!(signed_in, 1);
            assert!(answers.iter().all(|answer| [200, 401].contains(&answer.status())));
        }
    }

    async fn who_is_refused_does_not_wait_any_longer_for_that(app: TestApp) {
        ask(&app, PHONE).await.status_is(202);
        for _ in 0..20 {
            wait(ask(&app, PHONE).await);
        }
        app.clock.advance(Duration::minutes(1));
        ask(&app, PHONE).await.status_is(202);
    }

    async fn a_limit_of_nought_is_none(app: TestApp) {
        let app = app
            .another_instance_with(Settings { code_limits: CodeLimits::NONE, ..Settings::default() })
            .await;
        for _ in 0..12 {
            ask(&app, PHONE).from(HERE).await.status_is(202);
            app.clock.advance(Duration::minutes(1));
        }
    }

    async fn nobody_learns_which_phones_are_known(app: TestApp) {
        let known = app.next_phone();
        app.resident_with_phone("王", &known).await;
        app.clock.advance(Duration::minutes(1));
        let mut told = Vec::new();
        for phone in [known, app.next_phone()] {
            let sent = ask(&app, &phone).await.status_is(202).json();
            let again = ask(&app, &phone).await;
            let wrong = json!({ "phone": phone, "code": "000000" });
            let wrong = app.anonymous().post("/sign-in/phone", wrong).await;
            let wrong = wrong.refused(Code::WrongCredentials);
            told.push((sent, wait(again), wrong["title"].clone(), wrong["remedy"].clone()));
        }
        assert_eq!(told[0], told[1]);
    }

    async fn what_is_stored_tells_neither_code_nor_who_has_asked(app: TestApp) {
        ask(&app, PHONE).from(HERE).await.status_is(202);
        let bare = "SELECT COUNT(*) FROM phone_codes WHERE code_digest LIKE '%123456%'";
        assert_eq!(app.count(bare).await, 0);
        // SHA-256 of `13900000001:123456`, as anybody could compute it for every code there is.
        let computed = "SELECT COUNT(*) FROM phone_codes \
                         WHERE code_digest = '309GY7RR4T-D8iRwzioGsPTYZZiSRMPpNTbnJ45Nrlo'";
        assert_eq!(app.count(computed).await, 0);
        let named = "SELECT COUNT(*) FROM access_counts \
                      WHERE subject LIKE '%13900000001%' OR subject LIKE '%203.0.113%'";
        assert_eq!(app.count(named).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM access_counts").await, 4);
    }

    async fn what_is_over_is_forgotten(app: TestApp) {
        ask(&app, PHONE).from(HERE).await.status_is(202);
        let (codes, counts) =
            ("SELECT COUNT(*) FROM phone_codes", "SELECT COUNT(*) FROM access_counts");
        app.clock.advance(Duration::minutes(5) - Duration::seconds(1));
        app.run_due_jobs().await;
        assert_eq!(app.count(codes).await, 1);
        app.clock.advance(Duration::seconds(1));
        app.run_due_jobs().await;
        assert_eq!(app.count(codes).await, 0);

        app.clock.advance(Duration::hours(24) - Duration::minutes(5) - Duration::seconds(1));
        app.run_due_jobs().await;
        assert_eq!(app.count(counts).await, 4);
        app.clock.advance(Duration::seconds(1));
        app.run_due_jobs().await;
        assert_eq!(app.count(counts).await, 0);
    }
}
