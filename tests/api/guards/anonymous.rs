//! No operation escapes: the cases come from the contract itself, so that there is no list of them
//! to keep. What answers outside of the contract is listed here.

use actix_web::http::Method;
use redvest::problem::Code;
use serde_json::json;
use uuid::Uuid;

use crate::contract::operations::Operation;
use crate::support::TestApp;
use crate::support::app::CONTRACT;
use crate::support::client::{Call, Client};

/// The operations that answer somebody who has not signed in: those of signing in, and a partner's
/// way to its token, who reads where that is and shows who it is there; and what everybody is told
/// of his data before he signs in. This list may only shrink.
const PUBLIC: [&str; 8] = [
    "authorizationServerView",
    "privacyNoticeListCurrent",
    "signInByPassword",
    "signInByPhone",
    "signInByWechat",
    "signInCodeSend",
    "signInRefresh",
    "tokenIssue",
];

/// What is mounted beside the contract: signs of life, figures, the public keys, the contract itself.
const OUTSIDE: [&str; 6] =
    ["//healthz", "//readyz", "//metrics", "//.well-known/jwks.json", "//docs/", "/openapi.json"];

/// The operation, called for things that nobody has created.
fn call(app: &TestApp, caller: &Client, operation: &Operation) -> Call {
    let path = operation.path_with(|_| app.clock.new_id::<Uuid>().to_string());
    let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
    caller.call(method, &path)
}

#[test]
fn the_public_operations_are_those_of_signing_in() {
    let public = CONTRACT.operations().filter(|operation| !operation.secured);
    let mut public: Vec<&str> = public.map(|operation| operation.id.as_str()).collect();
    public.sort_unstable();
    assert_eq!(public, PUBLIC);
}

on_both_engines! {
    async fn every_other_operation_refuses_an_anonymous_caller(app: TestApp) {
        for operation in CONTRACT.operations().filter(|operation| operation.secured) {
            for caller in [app.anonymous(), app.with_token("made.up.token")] {
                call(&app, &caller, operation).await.refused(Code::Unauthenticated);
                // Not even the form of what he sends is looked at.
                let sent = call(&app, &caller, operation).json(&json!([1]));
                sent.await.refused(Code::Unauthenticated);
            }
        }
    }

    async fn a_public_operation_looks_at_what_it_is_sent(app: TestApp) {
        for operation in CONTRACT.operations().filter(|operation| !operation.secured) {
            let nothing = call(&app, &app.anonymous(), operation).json(&json!({})).await;
            if operation.method == "GET" && operation.path.contains('{') {
                nothing.refused(Code::NotFound);
            } else if operation.method == "GET" {
                nothing.status_is(200);
            } else if operation.path.starts_with("/oauth2/") {
                assert_eq!(nothing.status_is(400).json()["error"], "invalid_request");
            } else {
                nothing.refused(Code::InvalidRequest);
            }
        }
    }

    async fn what_is_mounted_beside_the_contract_answers_everybody(app: TestApp) {
        for path in OUTSIDE {
            app.anonymous().get(path).await.status_is(200);
        }
    }

    async fn everything_else_does_not_exist(app: TestApp) {
        for path in ["//", "//api", "//api/v1", "//api/v2/me", "/nothing", "/me/"] {
            app.anonymous().get(path).await.refused(Code::NotFound);
        }
    }
}
