//! API5: what somebody may not do he cannot do by another method, another header or another way of
//! writing the address either.

use actix_web::http::Method;
use redvest::problem::Code;

use crate::support::TestApp;
use crate::support::client::Client;

/// What some programs take for the method that is meant.
const METHOD_HEADERS: [&str; 3] = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];
/// What some programs take for the address that is meant.
const ADDRESS_HEADERS: [&str; 3] = ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Path"];

/// Other ways of writing `/api/v1/organizations/{id}/partners`, which a resident may not read.
fn written_otherwise(organization: &str) -> Vec<String> {
    let path = format!("organizations/{organization}/partners");
    vec![
        format!("//api//v1/{path}"),
        format!("///api/v1/{path}"),
        format!("//api/v1/./{path}"),
        format!("//api/v1/me/../{path}"),
        format!("//api/v1/me/..;/{path}"),
        format!("//api/v1/me/%2e%2e/{path}"),
        format!("//api/v1/%2e/{path}"),
        format!("//api/v1/{path}/"),
        format!("//api/v1/{path}//"),
        format!("//api/v1/{path};v=1"),
        format!("//api/v1/{path}.json"),
        format!("//api/v1/{path}%20"),
        format!("//api/v1/{path}%00"),
        format!("//api/v1/{path}%2f"),
        format!("//api/v1/{path}%3f"),
        format!("//api/v1/organizations%2f{organization}/partners"),
        format!("//API/V1/{path}"),
        format!("//%61pi/v1/{path}"),
        format!("//api%2fv1/{path}"),
        format!("//healthz/../api/v1/{path}"),
        format!("//docs/..%2fapi/v1/{path}"),
    ]
}

async fn is_refused(client: &Client, path: &str, known: [u16; 2]) {
    let reply = client.get(path).await;
    assert!(known.contains(&reply.status()), "{reply}");
}

on_both_engines! {
    async fn an_address_written_otherwise_opens_nothing(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let plain = county.village.path("/partners");
        resident.get(&plain).await.refused(Code::NotFound);
        app.anonymous().get(&plain).await.refused(Code::Unauthenticated);
        for path in written_otherwise(&county.village.id) {
            is_refused(&resident, &path, [403, 404]).await;
            is_refused(&app.anonymous(), &path, [401, 404]).await;
        }
    }

    async fn no_header_says_that_another_method_is_meant(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let before = administrator.get(county.team.path("")).await.ok();
        for name in METHOD_HEADERS {
            for method in ["DELETE", "PUT", "POST"] {
                let read = administrator.get(county.team.path("")).header(name, method).await;
                assert_eq!(read.ok(), before, "{name}: {method}");
            }
            let deleted = administrator.command("/me").header(name, "GET").await;
            deleted.refused(Code::MethodNotAllowed);
        }
        let asked = administrator.command("/me?_method=GET").await;
        asked.refused(Code::MethodNotAllowed);
    }

    async fn no_header_says_that_another_address_is_meant(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let wanted = format!("/api/v1{}", county.village.path("/partners"));
        for name in ADDRESS_HEADERS {
            let seen = resident.get("/me").header(name, &wanted).await.ok();
            assert_eq!(seen["accountId"], resident.account_id(), "{name}");
            let plain = resident.get(&wanted).header(name, "/api/v1/me").await;
            plain.refused(Code::NotFound);
        }
    }

    async fn a_method_that_is_not_there_does_nothing(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        for name in ["TRACE", "CONNECT", "PATCH", "PROPFIND", "DEBUG"] {
            let method = Method::from_bytes(name.as_bytes()).expect("a method");
            for client in [&administrator, &app.anonymous()] {
                let refused = client.call(method.clone(), &county.team.path("")).await;
                assert_eq!(refused.header("Allow"), Some("GET, HEAD, PUT"), "{name}: {refused}");
                assert!(!refused.text().contains("Bearer"), "{name} gives back what was sent");
                refused.refused(Code::MethodNotAllowed);
            }
        }
    }
}
