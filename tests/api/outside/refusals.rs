//! What WeChat says instead of an answer, and what that means to whoever signs in.

use redvest::problem::{Code, FieldCode};
use serde_json::json;

use super::wechat::{sign_in, sign_in_with_phone};
use crate::support::TestApp;
use crate::support::outside::{APPID, Act, LOGIN, Outside, PHONE, TOKEN, phone_info};
use crate::support::reply::Reply;

/// The numbers of WeChat, and our words for them.
const NUMBERS: [(i64, Code); 12] = [
    (-1, Code::WechatUnavailable),
    (40_029, Code::WechatCodeRefused),
    (40_163, Code::WechatCodeRefused),
    (45_011, Code::TooManyRequests),
    (40_226, Code::WechatAccountAtRisk),
    (40_013, Code::WechatMisconfigured),
    (40_125, Code::WechatMisconfigured),
    (40_164, Code::WechatMisconfigured),
    (48_001, Code::WechatMisconfigured),
    (45_009, Code::WechatUnavailable),
    (47_001, Code::WechatUnavailable),
    (99_999, Code::WechatUnavailable),
];

/// Refused like this, with the seconds to wait where waiting helps, and with nothing of what
/// WeChat has said.
#[track_caller]
fn told(reply: Reply, code: Code) -> serde_json::Value {
    let waits = matches!(code.status().as_u16(), 429 | 503);
    let seconds = reply.header("Retry-After").map(|told| told.parse::<u64>().expect("seconds"));
    assert_eq!(seconds.is_some(), waits, "{reply}");
    assert!(seconds.is_none_or(|seconds| (1..=60).contains(&seconds)), "{reply}");
    assert!(!reply.text().contains("rid"), "{reply}");
    reply.refused(code)
}

on_both_engines! {
    async fn every_number_at_the_login_has_its_problem(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        for (number, code) in NUMBERS {
            outside.next(LOGIN, Act::Number(number));
            let refused = told(sign_in(&app, &outside, "amy").await, code);
            if code == Code::WechatCodeRefused {
                assert_eq!(refused["errors"][0]["pointer"], "/loginCode");
                assert_eq!(refused["errors"][0]["code"], FieldCode::UsedOrLapsed.as_str());
            }
        }
    }

    async fn every_number_at_the_phone_has_its_problem(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        for (number, code) in NUMBERS {
            outside.next(PHONE, Act::Number(number));
            let refused = sign_in_with_phone(&app, &outside, "amy", "13900000001").await;
            let refused = told(refused, code);
            if code == Code::WechatCodeRefused {
                assert_eq!(refused["errors"][0]["pointer"], "/phoneCode");
            }
        }
        assert_eq!(outside.heard(PHONE).len(), NUMBERS.len(), "nothing is asked twice");
    }

    async fn every_number_at_the_token_has_its_problem(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        for (number, code) in NUMBERS {
            let of_a_user = matches!(code.status().as_u16(), 422 | 429);
            if of_a_user {
                continue;
            }
            // What changes nothing is asked once more where WeChat says that it is busy.
            outside.next_times(if number == -1 { 2 } else { 1 }, TOKEN, &Act::Number(number));
            told(sign_in_with_phone(&app, &outside, "amy", "13900000001").await, code);
        }
        sign_in_with_phone(&app, &outside, "amy", "13900000001").await.ok();
    }

    async fn a_code_is_good_once(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let body = json!({ "loginCode": outside.login("amy") });
        let call = || app.anonymous().post("/sign-in/wechat", body.clone());
        call().await.refused(Code::PhoneNeeded);
        call().await.refused(Code::WechatCodeRefused);

        let phone_code = outside.phone("13900000001");
        let shown = |user: &str| {
            let body = json!({ "loginCode": outside.login(user), "phoneCode": phone_code });
            app.anonymous().post("/sign-in/wechat", body)
        };
        shown("amy").await.ok();
        let refused = shown("ben").await.refused(Code::WechatCodeRefused);
        assert_eq!(refused["errors"][0]["pointer"], "/phoneCode");
    }

    async fn a_phone_of_another_country_cannot_sign_in(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        for (phone, country) in [("13900000001", "1"), ("91234567", "852"), ("12345", "86")] {
            outside.next(PHONE, Act::Says(phone_info(phone, country, APPID)));
            let refused = sign_in_with_phone(&app, &outside, "amy", phone).await;
            refused.refused_field("/phoneCode", FieldCode::NotAPhone);
        }
    }

    async fn a_phone_that_was_told_to_another_mini_program_proves_nothing(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        outside.next(PHONE, Act::Says(phone_info("13900000001", "86", "wx-of-somebody-else")));
        let refused = sign_in_with_phone(&app, &outside, "amy", "13900000001").await;
        refused.refused(Code::WechatCodeRefused);
        sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
    }

    async fn the_remedy_is_said_in_both_languages(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let refused = sign_in(&app, &outside, "amy").in_english().await.refused(Code::PhoneNeeded);
        assert!(refused["remedy"].as_str().unwrap().contains("wx.login"), "{refused}");
        outside.next(LOGIN, Act::Number(-1));
        let refused = sign_in(&app, &outside, "amy").await.refused(Code::WechatUnavailable);
        assert!(refused["remedy"].as_str().unwrap().contains("5 秒"), "{refused}");
    }
}
