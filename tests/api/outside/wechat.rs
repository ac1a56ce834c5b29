//! Signing in from a mini-program: with a phone at the first time, and without one ever after.

use redvest::access::SignedIn;
use redvest::app::Settings;
use redvest::platform::outside::Patience;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::{Call, at_once, both_at_once};
use crate::support::outside::{LOGIN, Outside, PHONE, SESSION_KEY, wechat_at};
use crate::support::practice::{order_of, text};

/// Shows a fresh code of `wx.login`.
pub fn sign_in(app: &TestApp, outside: &Outside, user: &str) -> Call {
    let body = json!({ "loginCode": outside.login(user) });
    app.anonymous().post("/sign-in/wechat", body)
}

/// Shows that and one of `getPhoneNumber`.
pub fn sign_in_with_phone(app: &TestApp, outside: &Outside, user: &str, phone: &str) -> Call {
    let body = json!({
        "loginCode": outside.login(user), "phoneCode": outside.phone(phone), "name": "王秀英",
    });
    app.anonymous().post("/sign-in/wechat", body)
}

/// The account that an answer signs in to.
#[track_caller]
pub fn account(answer: Value) -> String {
    let signed_in: SignedIn = serde_json::from_value(answer).expect("a pair of tokens");
    signed_in.account_id.to_string()
}

/// The accounts that somebody could sign in to from WeChat.
const BOUND: &str = "SELECT COUNT(DISTINCT account_id) FROM wechat_identities";
/// Those that a phone opened.
const BY_PHONE: &str = "SELECT COUNT(*) FROM accounts WHERE phone IS NOT NULL";

/// The same redvest with another mini-program of the same company.
async fn another_program(app: &TestApp, outside: &Outside) -> TestApp {
    let wechat = Some(wechat_at(outside.base(), "wxfedcba9876543210", Patience::default()));
    app.another_instance_with(Settings { wechat, ..Settings::default() }).await
}

on_both_engines! {
    async fn who_comes_for_the_first_time_shows_his_phone_and_never_again(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let asked = sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
        assert_eq!(asked["errors"][0]["pointer"], "/phoneCode");
        assert_eq!(asked["errors"][0]["code"], FieldCode::NeededHere.as_str());

        let phone = app.next_phone();
        let first = sign_in_with_phone(&app, &outside, "amy", &phone).await.ok();
        let own = app.with_token(first["accessToken"].as_str().unwrap());
        assert_eq!(own.get("/me").await.ok()["name"], "王秀英");
        assert_eq!(own.get("/me/sessions").await.items()[0]["method"], "wechat");

        let second = sign_in(&app, &outside, "amy").await.ok();
        assert_eq!(account(first), account(second));
        assert_eq!(outside.heard(PHONE).len(), 1, "each answer is paid for");
    }

    async fn a_phone_code_that_is_not_needed_is_left_alone(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let first = sign_in_with_phone(&app, &outside, "amy", "13900000001").await.ok();
        let second = sign_in_with_phone(&app, &outside, "amy", "13900000002").await.ok();
        assert_eq!(account(first), account(second));
        assert_eq!(outside.heard(PHONE).len(), 1);
    }

    async fn it_is_the_account_that_the_phone_has_signed_in_to_before(app: TestApp) {
        let outside = Outside::answering();
        let phone = app.next_phone();
        let resident = app.resident_with_phone("王", &phone).await;
        let app = app.with_outside(&outside).await;
        let first = sign_in_with_phone(&app, &outside, "amy", &phone).await.ok();
        assert_eq!(account(first), resident.account_id());
        assert_eq!(resident.get("/me").await.ok()["name"], "王");
    }

    async fn whoever_signs_in_later_by_text_message_comes_to_the_same_account(app: TestApp) {
        let outside = Outside::answering();
        let phone = app.next_phone();
        let with_wechat = app.with_outside(&outside).await;
        let first = sign_in_with_phone(&with_wechat, &outside, "amy", &phone).await.ok();
        let resident = app.resident_with_phone("王", &phone).await;
        assert_eq!(account(first), resident.account_id());
    }

    async fn orders_that_a_clerk_took_down_for_the_phone_are_his(app: TestApp) {
        let outside = Outside::answering();
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let phone = app.next_phone();
        let mut order = order_of(&practice.counsel);
        order["channel"] = json!("hotline");
        order["recipient"]["phone"] = json!(phone);
        clerk.places(order).await;
        let app = app.with_outside(&outside).await;
        let first = sign_in_with_phone(&app, &outside, "amy", &phone).await.ok();
        let own = app.with_token(first["accessToken"].as_str().unwrap());
        assert_eq!(own.get("/me/demands").await.items().len(), 1);
    }

    async fn who_calls_and_comes_from_wechat_at_once_has_his_order(app: TestApp) {
        let outside = Outside::answering();
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let with_wechat = app.with_outside(&outside).await;
        for number in 0..4 {
            let phone = app.next_phone();
            let mut order = order_of(&practice.counsel);
            order["channel"] = json!("hotline");
            order["recipient"]["phone"] = json!(phone);
            let user = format!("amy{number}");
            let (placed, first) = both_at_once(
                clerk.post("/demands", order),
                sign_in_with_phone(&with_wechat, &outside, &user, &phone),
            )
            .await;
            let id = text(&placed.created()["demandId"]);
            let order = clerk.get(format!("/demands/{id}")).await.ok();
            assert_eq!(order["requesterId"], account(first.ok()));
        }
    }

    async fn two_at_once_open_one_account(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let phone = app.next_phone();
        let calls = (0..6).map(|_| sign_in_with_phone(&app, &outside, "amy", &phone));
        let answers = at_once(calls).await;
        let accounts: Vec<String> = answers.into_iter().map(|answer| account(answer.ok())).collect();
        assert!(accounts.iter().all(|account| *account == accounts[0]), "{accounts:?}");
        assert_eq!(app.count(BOUND).await, 1);
        assert_eq!(app.count(BY_PHONE).await, 1);
    }

    async fn one_user_who_shows_two_phones_at_once_has_one_account(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let calls = ["13900000001", "13900000002", "13900000003"];
        let calls = calls.map(|phone| sign_in_with_phone(&app, &outside, "amy", phone));
        let answers = at_once(calls).await;
        let accounts: Vec<String> = answers.into_iter().map(|answer| account(answer.ok())).collect();
        assert!(accounts.iter().all(|account| *account == accounts[0]), "{accounts:?}");
        assert_eq!(app.count(BOUND).await, 1);
        assert_eq!(app.count(BY_PHONE).await, 1);
    }

    async fn who_is_known_to_another_mini_program_of_the_company_is_known_here(app: TestApp) {
        let outside = Outside::answering();
        outside.tells_unionids();
        let here = app.with_outside(&outside).await;
        let there = another_program(&app, &outside).await;
        let first = sign_in_with_phone(&here, &outside, "amy", &app.next_phone()).await.ok();
        let second = sign_in(&there, &outside, "amy").await.ok();
        assert_eq!(account(first), account(second));
        sign_in(&there, &outside, "ben").await.refused(Code::PhoneNeeded);
        // His number in the other one is known by now: it is found without the common one, too.
        let numbers = "SELECT COUNT(*) FROM wechat_identities";
        assert_eq!(app.count(numbers).await, 3);
    }

    async fn two_mini_programs_at_once_open_one_account(app: TestApp) {
        let outside = Outside::answering();
        outside.tells_unionids();
        let here = app.with_outside(&outside).await;
        let there = another_program(&app, &outside).await;
        for round in 0..3 {
            let user = format!("amy{round}");
            let (one, two) = both_at_once(
                sign_in_with_phone(&here, &outside, &user, &app.next_phone()),
                sign_in_with_phone(&there, &outside, &user, &app.next_phone()),
            )
            .await;
            assert_eq!(account(one.ok()), account(two.ok()));
        }
        let people = "SELECT COUNT(*) FROM wechat_identities WHERE kind = 'unionid'";
        assert_eq!(app.count(people).await, app.count(BOUND).await);
    }

    async fn the_number_of_all_mini_programs_is_learned_when_there_is_one(app: TestApp) {
        let outside = Outside::answering();
        let here = app.with_outside(&outside).await;
        let first = sign_in_with_phone(&here, &outside, "amy", &app.next_phone()).await.ok();
        outside.tells_unionids();
        sign_in(&here, &outside, "amy").await.ok();
        let there = another_program(&app, &outside).await;
        let second = sign_in(&there, &outside, "amy").await.ok();
        assert_eq!(account(first), account(second));
    }

    async fn whoever_has_the_phone_now_takes_the_place_of_who_had_it(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let phone = app.next_phone();
        let before = sign_in_with_phone(&app, &outside, "amy", &phone).await.ok();
        let after = sign_in_with_phone(&app, &outside, "ben", &phone).await.ok();
        assert_eq!(account(before), account(after));
        sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
        sign_in(&app, &outside, "ben").await.ok();
    }

    async fn a_sign_in_from_wechat_lasts_as_long_as_one_by_phone(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let first = sign_in_with_phone(&app, &outside, "amy", &app.next_phone()).await.ok();
        assert_eq!(first["refreshBy"], "2026-04-01T02:00:00Z");
        assert_eq!(first["endsAt"], "2026-08-29T02:00:00Z");
        app.clock.advance(chrono::Duration::days(29));
        let body = json!({ "refreshToken": first["refreshToken"] });
        let second = app.anonymous().post("/sign-in/refresh", body).await.ok();
        assert_eq!(second["refreshBy"], "2026-04-30T02:00:00Z");
    }

    async fn without_a_mini_program_the_answer_says_so(app: TestApp) {
        let body = json!({ "loginCode": "0a3Wq1Ga1mE7cK0Z3uJa1Xw2Wq1Wq1GB" });
        let refused = app.anonymous().post("/sign-in/wechat", body).await;
        refused.refused(Code::WechatNotSetUp);
    }

    async fn what_is_sent_is_looked_at_before_anybody_is_asked(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        for (body, pointer, code) in [
            (json!({ "phoneCode": "x" }), "/loginCode", FieldCode::Missing),
            (json!({ "loginCode": "" }), "/loginCode", FieldCode::TooShort),
            (json!({ "loginCode": "x".repeat(201) }), "/loginCode", FieldCode::TooLong),
            (json!({ "loginCode": "x", "code": "y" }), "/code", FieldCode::Unknown),
            (json!({ "loginCode": "x", "phoneCode": 1 }), "/phoneCode", FieldCode::WrongType),
        ] {
            let refused = app.anonymous().post("/sign-in/wechat", body).await;
            refused.refused_field(pointer, code);
        }
        assert!(outside.heard(LOGIN).is_empty());
    }

    async fn nobody_is_told_of_the_key_of_the_session(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let phone = app.next_phone();
        for answer in [
            sign_in(&app, &outside, "amy").await,
            sign_in_with_phone(&app, &outside, "amy", &phone).await,
            sign_in(&app, &outside, "amy").await,
        ] {
            for kept in [SESSION_KEY, "openid-amy", phone.as_str()] {
                assert!(!answer.text().contains(kept), "{answer}");
            }
        }
    }
}
