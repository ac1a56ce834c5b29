//! The token with which the program speaks to WeChat: fetched once for all, and in time.

use chrono::Duration;
use redvest::problem::Code;
use serde_json::json;

use super::wechat::{sign_in, sign_in_with_phone};
use crate::support::TestApp;
use crate::support::client::at_once;
use crate::support::outside::{Act, Outside, PHONE, TOKEN};

/// Somebody signs in for the first time, which takes the token.
async fn somebody_new(app: &TestApp, outside: &Outside) {
    let phone = app.next_phone();
    sign_in_with_phone(app, outside, &format!("user{phone}"), &phone).await.ok();
}

on_both_engines! {
    async fn one_token_is_fetched_for_all_instances(app: TestApp) {
        let outside = Outside::answering();
        let (one, two) = (app.with_outside(&outside).await, app.with_outside(&outside).await);
        for app in [&one, &two, &one] {
            somebody_new(app, &outside).await;
        }
        assert_eq!(outside.heard(TOKEN).len(), 1);
        assert_eq!(outside.heard(TOKEN)[0]["force_refresh"], json!(false));
    }

    async fn those_who_want_it_at_once_wait_for_one_of_them(app: TestApp) {
        let outside = Outside::answering();
        let (one, two) = (app.with_outside(&outside).await, app.with_outside(&outside).await);
        let calls = (0..6).map(|number| {
            let app = if number % 2 == 0 { &one } else { &two };
            sign_in_with_phone(app, &outside, &format!("user{number}"), &app.next_phone())
        });
        let answers = at_once(calls).await;
        assert!(answers.iter().all(|answer| answer.status() == 200), "{}", answers[0]);
        assert_eq!(outside.heard(TOKEN).len(), 1);
    }

    async fn it_is_fetched_anew_before_it_ends(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        somebody_new(&app, &outside).await;
        app.clock.advance(Duration::minutes(109));
        somebody_new(&app, &outside).await;
        assert_eq!(outside.heard(TOKEN).len(), 1);
        app.clock.advance(Duration::minutes(1));
        somebody_new(&app, &outside).await;
        somebody_new(&app, &outside).await;
        assert_eq!(outside.heard(TOKEN).len(), 2);
    }

    async fn while_it_cannot_be_fetched_the_present_one_is_good_to_its_end(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        somebody_new(&app, &outside).await;
        app.clock.advance(Duration::minutes(115));
        outside.next_times(2, TOKEN, &Act::Status(502));
        somebody_new(&app, &outside).await;

        app.clock.advance(Duration::minutes(5));
        outside.next_times(2, TOKEN, &Act::Status(502));
        let refused = sign_in_with_phone(&app, &outside, "amy", "13900000001").await;
        refused.refused(Code::WechatUnavailable);
    }

    async fn what_changes_nothing_is_asked_once_more(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        outside.next(TOKEN, Act::Page);
        somebody_new(&app, &outside).await;
        assert_eq!(outside.heard(TOKEN).len(), 2);
    }

    async fn one_that_is_not_good_any_more_is_replaced_and_the_phone_asked_once_more(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        somebody_new(&app, &outside).await;
        for number in [40_001, 42_001] {
            // Somebody else, who uses the same mini-program, has forced a new one.
            outside.replaces_its_token();
            outside.next(PHONE, Act::Number(number));
            somebody_new(&app, &outside).await;
        }
        let forced: Vec<_> =
            outside.heard(TOKEN).iter().map(|asked| asked["force_refresh"].clone()).collect();
        assert_eq!(forced, [json!(false), json!(false), json!(false)]);
        assert_eq!(outside.heard(PHONE).len(), 5);
    }

    async fn a_new_one_is_forced_only_if_the_present_one_is_refused(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let force = async || {
            outside.next(PHONE, Act::Number(40_001));
            sign_in_with_phone(&app, &outside, "nobody", "not a phone").await
        };
        somebody_new(&app, &outside).await;
        force().await.refused_field("/phoneCode", redvest::problem::FieldCode::NotAPhone);
        let forced = || {
            let asked = outside.heard(TOKEN);
            asked.into_iter().filter(|asked| asked["force_refresh"] == json!(true)).count()
        };
        assert_eq!(forced(), 1);

        // WeChat allows one in half a minute, and twenty a day.
        let refused = force().await;
        assert_eq!(refused.header("Retry-After"), Some("30"));
        refused.refused(Code::WechatUnavailable);
        for _ in 1..20 {
            app.clock.advance(Duration::seconds(30));
            force().await;
        }
        assert_eq!(forced(), 20);
        app.clock.advance(Duration::seconds(30));
        force().await.refused(Code::WechatUnavailable);
        assert_eq!(forced(), 20);
    }

    async fn when_wechat_accepts_no_token_at_all_the_administrator_has_to_look(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        outside.next_times(2, PHONE, &Act::Number(40_001));
        let refused = sign_in_with_phone(&app, &outside, "amy", "13900000001").await;
        refused.refused(Code::WechatMisconfigured);
        sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
    }
}
