//! API2: the ways around signing in that are not told in `access/`.

use actix_web::http::Method;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Call;
use crate::support::reply::Reply;

/// What an answer says, but for the number of the request.
fn words(reply: Reply) -> (u16, Value) {
    let mut body = reply.json();
    let members = body.as_object_mut().expect("an object");
    members.remove("requestId");
    (reply.status(), body)
}

on_both_engines! {
    /// An address is written into logs and histories, and a cookie is sent by any page.
    async fn a_token_counts_in_its_header_alone(app: TestApp) {
        let (token, _) = app.resident("王").await.tokens();
        let anonymous = || app.anonymous();
        let bearer = format!("Bearer {token}");
        let tries: [Call; 6] = [
            anonymous().get(format!("/me?access_token={token}")),
            anonymous().get(format!("/me?token={token}")),
            anonymous().get("/me").header("Cookie", &format!("access_token={token}")),
            anonymous().get("/me").header("X-Access-Token", &token),
            anonymous().get("/me").header("Proxy-Authorization", &bearer),
            anonymous()
                .call(Method::GET, "/me")
                .body("application/x-www-form-urlencoded", format!("access_token={token}")),
        ];
        for call in tries {
            call.await.refused(Code::Unauthenticated);
        }
        anonymous().get("/me").header("Authorization", &bearer).await.ok();
    }

    async fn nobody_says_who_he_is_by_a_header(app: TestApp) {
        let administrator = app.administrator().await.account_id();
        for name in ["X-User-Id", "X-Account-Id", "X-Remote-User", "Remote-User", "X-Forwarded-User"] {
            let refused = app.anonymous().get("/me").header(name, &administrator).await;
            refused.refused(Code::Unauthenticated);
            let resident = app.resident("王").await;
            let seen = resident.get("/me").header(name, &administrator).await.ok();
            assert_eq!(seen["accountId"], resident.account_id(), "{name}");
        }
    }

    async fn no_answer_tells_who_has_an_account(app: TestApp) {
        let (known, unknown) = (app.next_phone(), app.next_phone());
        app.resident_with_phone("王", &known).await;
        app.clock.advance(chrono::Duration::minutes(10));
        let sent = async |phone: &str| {
            words(app.anonymous().post("/sign-in/codes", json!({ "phone": phone })).await)
        };
        assert_eq!(sent(&known).await, sent(&unknown).await);
        let tried = async |phone: &str| {
            let body = json!({ "phone": phone, "code": "000000" });
            words(app.anonymous().post("/sign-in/phone", body).await)
        };
        assert_eq!(tried(&known).await, tried(&unknown).await);
        let presented = async |username: &str| {
            let body = json!({ "username": username, "password": "not the password" });
            words(app.anonymous().post("/sign-in/password", body).await)
        };
        assert_eq!(presented("administrator").await, presented("nobody.at.all").await);
    }
}
