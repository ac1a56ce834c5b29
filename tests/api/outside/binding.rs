//! Binding one's account to WeChat when one is signed in already, and releasing it.

use redvest::problem::Code;
use serde_json::json;

use super::wechat::{account, sign_in, sign_in_with_phone};
use crate::support::TestApp;
use crate::support::outside::{LOGIN, Outside};

on_both_engines! {
    async fn whoever_is_signed_in_binds_his_account_and_needs_no_phone(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let administrator = app.administrator().await;
        let body = json!({ "loginCode": outside.login("amy") });
        administrator.post("/me/wechat", body).await.done();
        let signed_in = sign_in(&app, &outside, "amy").await.ok();
        assert_eq!(account(signed_in), administrator.account_id());
    }

    async fn a_released_account_is_not_signed_in_to_from_wechat(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let administrator = app.administrator().await;
        let body = json!({ "loginCode": outside.login("amy") });
        administrator.post("/me/wechat", body).await.done();
        administrator.delete("/me/wechat").await.done();
        administrator.delete("/me/wechat").await.done();
        sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
    }

    async fn nobody_takes_a_wechat_user_from_another_account(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let other = sign_in_with_phone(&app, &outside, "amy", &app.next_phone()).await.ok();
        let administrator = app.administrator().await;
        let body = json!({ "loginCode": outside.login("amy") });
        administrator.post("/me/wechat", body).await.refused(Code::WechatBoundElsewhere);
        let again = sign_in(&app, &outside, "amy").await.ok();
        assert_eq!(account(other), account(again));
    }

    async fn another_user_takes_the_place_of_the_one_before(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let administrator = app.administrator().await;
        for user in ["amy", "amy", "ben"] {
            let body = json!({ "loginCode": outside.login(user) });
            administrator.post("/me/wechat", body).await.done();
        }
        sign_in(&app, &outside, "ben").await.ok();
        sign_in(&app, &outside, "amy").await.refused(Code::PhoneNeeded);
    }

    async fn a_repeated_request_asks_wechat_nothing(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let administrator = app.administrator().await;
        let body = json!({ "loginCode": outside.login("amy") });
        for _ in 0..2 {
            administrator.post("/me/wechat", body.clone()).key("bind").await.done();
        }
        assert_eq!(outside.heard(LOGIN).len(), 1);
    }

    async fn what_wechat_refuses_is_bound_to_nobody(app: TestApp) {
        let outside = Outside::answering();
        let app = app.with_outside(&outside).await;
        let administrator = app.administrator().await;
        let body = json!({ "loginCode": outside.login("amy") });
        administrator.post("/me/wechat", body.clone()).await.done();
        let refused = administrator.post("/me/wechat", body).await;
        let refused = refused.refused(Code::WechatCodeRefused);
        assert_eq!(refused["errors"][0]["pointer"], "/loginCode");
    }
}
