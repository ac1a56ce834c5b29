//! WeChat is slow, wrong or gone: nobody waits long, and nobody asks on and on.

use std::time::Instant;

use chrono::Duration;
use redvest::platform::outside::Patience;
use redvest::problem::Code;

use super::wechat::{sign_in, sign_in_with_phone};
use crate::support::TestApp;
use crate::support::outside::{Act, LOGIN, Outside, PHONE, impatience, nowhere};
use crate::support::reply::Reply;

/// After so many failures in a row it is left alone.
const FAILURES: usize = 5;

/// How many seconds there are to wait.
#[track_caller]
fn wait(refused: Reply) -> i64 {
    let told = refused.header("Retry-After").expect("how long to wait").to_owned();
    let body = refused.refused(Code::WechatUnavailable);
    assert!(body["remedy"].as_str().expect("a remedy").contains(&told), "{body}");
    told.parse().expect("seconds")
}

on_both_engines! {
    async fn whatever_is_no_answer_is_a_fault(app: TestApp) {
        let outside = Outside::answering();
        let acts = [
            Act::Page,
            Act::Status(500),
            Act::Status(503),
            Act::Status(404),
            Act::Redirect,
            Act::TooMuch,
            Act::Says(serde_json::json!({ "openid": "" })),
            Act::Says(serde_json::json!({ "session_key": "x" })),
            Act::Says(serde_json::json!([])),
        ];
        for act in acts {
            let app = app.with_outside(&outside).await;
            outside.next(LOGIN, act);
            assert_eq!(wait(sign_in(&app, &outside, "amy").await), 5);
            sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
        }
        assert!(outside.heard("/elsewhere").is_empty(), "no redirect is followed");
    }

    async fn who_does_not_answer_is_not_waited_for(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside_at(outside.base(), impatience()).await;
        outside.next(LOGIN, Act::Silence);
        let began = Instant::now();
        wait(sign_in(&app, &outside, "amy").await);
        assert!(began.elapsed().as_secs() < 10);
        assert_eq!(outside.heard(LOGIN).len(), 1, "a code is good once");
    }

    async fn a_phone_is_asked_for_once_however_long_it_takes(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        sign_in_with_phone(&app, &outside, "ben", &app.next_phone()).await.ok();
        for act in [Act::Status(500), Act::Page] {
            outside.next(PHONE, act);
            wait(sign_in_with_phone(&app, &outside, "amy", &app.next_phone()).await);
        }
        assert_eq!(outside.heard(PHONE).len(), 3);
    }

    async fn where_nobody_is_the_answer_is_the_same(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside_at(&nowhere(), Patience::default()).await;
        assert_eq!(wait(sign_in(&app, &outside, "amy").await), 5);
    }

    async fn after_failures_in_a_row_it_is_left_alone_and_tried_again_after_a_pause(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        outside.next_times(FAILURES + 1, LOGIN, &Act::Status(502));
        for _ in 0..FAILURES {
            assert_eq!(wait(sign_in(&app, &outside, "amy").await), 5);
        }
        assert_eq!(wait(sign_in(&app, &outside, "amy").await), 30);
        assert_eq!(outside.heard(LOGIN).len(), FAILURES, "nobody asks");

        app.clock.advance(Duration::seconds(29));
        assert_eq!(wait(sign_in(&app, &outside, "amy").await), 1);
        app.clock.advance(Duration::seconds(1));
        // One tries, and fails.
        assert_eq!(wait(sign_in(&app, &outside, "amy").await), 5);
        assert_eq!(outside.heard(LOGIN).len(), FAILURES + 1);
        assert_eq!(wait(sign_in(&app, &outside, "amy").await), 30);

        app.clock.advance(Duration::seconds(30));
        sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
        sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
    }

    async fn what_wechat_refuses_is_no_failure_of_its(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        for number in [40_029, 40_163, 45_011, 40_226, 40_013, 45_009, 40_029, 40_029] {
            outside.next(LOGIN, Act::Number(number));
            assert_ne!(sign_in(&app, &outside, "amy").await.status(), 200);
        }
        sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
    }

    async fn other_ways_to_sign_in_go_on_meanwhile(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside_at(&nowhere(), Patience::default()).await;
        for _ in 0..=FAILURES {
            wait(sign_in(&app, &outside, "amy").await);
        }
        app.administrator().await.get("/me").await.ok();
    }
}
