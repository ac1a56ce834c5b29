//! One-time codes by text message: handed to a gateway, signed, once.

use std::sync::Arc;

use chrono::Duration;
use redvest::access::{HttpSender, SmsSettings};
use redvest::app::Settings;
use redvest::platform::outside::{Patience, Secret};
use redvest::problem::{Code, FieldCode};
use serde_json::json;

use crate::support::TestApp;
use crate::support::client::Call;
use crate::support::outside::{Act, Outside, SMS, impatience, nowhere};

const PHONE: &str = "13900000001";

fn ask(app: &TestApp) -> Call {
    app.anonymous().post("/sign-in/codes", json!({ "phone": PHONE }))
}

fn sign_in(app: &TestApp, code: &str) -> Call {
    app.anonymous().post("/sign-in/phone", json!({ "phone": PHONE, "code": code }))
}

fn settings(outside: &Outside, secret: &str) -> SmsSettings {
    SmsSettings {
        url: format!("{}{SMS}", outside.base()).parse().expect("an address"),
        secret: Secret::new(secret.to_owned()),
        template: None,
        patience: Patience::default(),
    }
}

on_both_engines! {
    async fn the_gateway_gets_the_code_that_signs_in(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        ask(&app).await.status_is(202);
        let code = outside.code_sent_to(PHONE);
        let expected = json!({
            "phone": PHONE, "code": code, "purpose": "sign_in", "validMinutes": 5,
            "template": "SMS_4711",
        });
        assert_eq!(outside.heard(SMS), [expected]);
        sign_in(&app, &code).await.ok();
    }

    async fn every_code_is_another(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let mut codes = std::collections::BTreeSet::new();
        for _ in 0..5 {
            ask(&app).await.status_is(202);
            codes.insert(outside.code_sent_to(PHONE));
            app.clock.advance(Duration::minutes(1));
        }
        assert!(codes.len() > 2, "{codes:?}");
    }

    async fn a_gateway_takes_only_what_is_signed_with_its_secret(app: TestApp) {
        let outside = Outside::answering();
        let settings = settings(&outside, "whsec_YW5vdGhlciBrZXksIG9mIHNvbWVib2R5IGVsc2U=");
        let sender = HttpSender::new(settings, app.clock.clone()).expect("a sender");
        let app =
            app.another_instance_that_sends(Arc::new(sender), Settings::default()).await;
        ask(&app).await.refused(Code::SmsUnavailable);
    }

    async fn while_the_gateway_is_gone_nobody_loses_a_code_of_his_day(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        outside.next_times(4, SMS, &Act::Status(503));
        for _ in 0..4 {
            let refused = ask(&app).await;
            assert_eq!(refused.header("Retry-After"), Some("5"));
            refused.refused(Code::SmsUnavailable);
        }
        for _ in 0..10 {
            ask(&app).await.status_is(202);
            app.clock.advance(Duration::minutes(1));
        }
        ask(&app).await.refused(Code::TooManyRequests);
    }

    async fn a_message_is_sent_once_and_its_code_is_good_even_if_it_comes_late(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside_at(outside.base(), impatience()).await;
        outside.next(SMS, Act::Silence);
        ask(&app).await.refused(Code::SmsUnavailable);
        assert_eq!(outside.heard(SMS).len(), 1);
        sign_in(&app, &outside.code_sent_to(PHONE)).await.ok();
    }

    async fn after_failures_in_a_row_the_gateway_is_left_alone_for_a_while(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        outside.next_times(5, SMS, &Act::Status(500));
        for _ in 0..5 {
            ask(&app).await.refused(Code::SmsUnavailable);
        }
        let refused = ask(&app).await;
        assert_eq!(refused.header("Retry-After"), Some("30"));
        refused.refused(Code::SmsUnavailable);
        assert_eq!(outside.heard(SMS).len(), 5);
        app.clock.advance(Duration::seconds(30));
        ask(&app).await.status_is(202);
    }

    async fn a_number_that_no_message_reaches_is_named_and_harms_nobody_else(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        for number in 0..8 {
            outside.next(SMS, Act::Status(if number % 2 == 0 { 400 } else { 422 }));
            let body = json!({ "phone": format!("0577637000{number:02}") });
            let refused = app.anonymous().post("/sign-in/codes", body).await;
            refused.refused_field("/phone", FieldCode::Unreachable);
        }
        ask(&app).await.status_is(202);
    }

    async fn a_provider_that_wants_no_more_to_a_number_is_believed(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        outside.next(SMS, Act::Status(429));
        let refused = ask(&app).await;
        assert_eq!(refused.header("Retry-After"), Some("60"));
        refused.refused(Code::TooManyRequests);
    }

    async fn where_nobody_is_no_message_is_sent(app: TestApp) {
        let app = app.with_outside_at(&nowhere(), Patience::default()).await;
        ask(&app).await.refused(Code::SmsUnavailable);
    }
}

#[actix_web::test]
async fn a_secret_that_is_none_is_refused_at_the_start() {
    let outside = Outside::answering();
    let clock = redvest::platform::clock::Clock::System;
    for weak in ["secret", "whsec_c2hvcnQ=", "not base64 at all, but long enough to be a key"] {
        let refused = HttpSender::new(settings(&outside, weak), clock.clone()).err();
        assert!(refused.expect("refused").contains("24 to 64 bytes"));
    }
}

#[test]
fn a_secret_does_not_print() {
    let secret = Secret::new("whsec_YSBrZXk=".to_owned());
    assert_eq!(format!("{secret:?}"), "Secret(…)");
}
