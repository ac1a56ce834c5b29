//! What comes from here is neither run nor framed by a browser, and pages of other origins call
//! only where the installation lets them.

use actix_web::http::Method;
use redvest::app::Settings;
use redvest::platform::http::browsers::origin;
use redvest::problem::Code;

use crate::support::app::TestApp;
use crate::support::client::Call;

const CONSOLE: &str = "https://console.example.org";

/// An installation that has a console at an origin of its own.
async fn with_console(app: &TestApp) -> TestApp {
    let settings = Settings { allowed_origins: vec![CONSOLE.to_owned()], ..Settings::default() };
    app.another_instance_with(settings).await
}

/// What a browser asks before it lets a page place an order.
fn preflight(app: &TestApp, from: &str) -> Call {
    app.anonymous()
        .call(Method::OPTIONS, "/demands")
        .header("Origin", from)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
}

on_both_engines! {
    async fn answers_are_data_to_a_browser(app: TestApp) {
        for path in ["/me", "/nothing-here", "//healthz", "//api/v1/openapi.json"] {
            let reply = app.anonymous().get(path).await;
            let policy = Some("default-src 'none'; frame-ancestors 'none'");
            assert_eq!(reply.header("Content-Security-Policy"), policy, "{path}");
            assert_eq!(reply.header("X-Frame-Options"), Some("DENY"));
            assert_eq!(reply.header("X-Content-Type-Options"), Some("nosniff"));
            assert_eq!(reply.header("Referrer-Policy"), Some("no-referrer"));
            assert_eq!(reply.header("Cross-Origin-Resource-Policy"), Some("same-origin"));
        }
        let page = app.anonymous().get("//docs/").await;
        let policy = page.header("Content-Security-Policy").expect("a policy").to_owned();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(!page.text().contains("<script>"), "a script that the policy would refuse");
    }

    async fn no_page_of_another_origin_may_call_unless_it_is_named(app: TestApp) {
        let silent = app.anonymous().get("/me").header("Origin", CONSOLE).await;
        assert_eq!(silent.header("Access-Control-Allow-Origin"), None);
        preflight(&app, CONSOLE).await.refused(Code::MethodNotAllowed);
        let open = with_console(&app).await;
        for stranger in ["https://evil.example", "https://console.example.org.evil.example", "null"] {
            let refused = preflight(&open, stranger).await;
            assert_eq!(refused.header("Access-Control-Allow-Origin"), None, "{stranger}");
            refused.refused(Code::InvalidRequest);
            let answered = open.anonymous().get("/me").header("Origin", stranger).await;
            assert_eq!(answered.header("Access-Control-Allow-Origin"), None, "{stranger}");
        }
    }

    async fn a_console_calls_and_reads_what_it_needs(app: TestApp) {
        let open = with_console(&app).await;
        let allowed = preflight(&open, CONSOLE).await;
        assert_eq!(allowed.status(), 200);
        assert_eq!(allowed.header("Access-Control-Allow-Origin"), Some(CONSOLE));
        assert_eq!(allowed.header("Access-Control-Allow-Credentials"), None);
        let resident = open.resident("王").await;
        let me = resident.get("/me").header("Origin", CONSOLE).await;
        assert_eq!(me.header("Access-Control-Allow-Origin"), Some(CONSOLE));
        let readable = me.header("Access-Control-Expose-Headers").expect("headers").to_lowercase();
        for name in ["etag", "location", "ratelimit", "retry-after", "x-request-id"] {
            assert!(readable.contains(name), "{readable}");
        }
        // A refusal is read like any answer.
        let refused = open.anonymous().get("/me").header("Origin", CONSOLE).await;
        assert_eq!(refused.header("Access-Control-Allow-Origin"), Some(CONSOLE));
        refused.refused(Code::Unauthenticated);
    }
}

#[test]
fn an_origin_is_a_scheme_a_host_and_a_port() {
    for good in [CONSOLE, "http://localhost:5173", "https://console.example.org:8443"] {
        assert_eq!(origin(good).as_deref(), Ok(good));
    }
    for bad in [
        "*",
        "null",
        "",
        "console.example.org",
        "https://a.example/",
        "ftp://a.example",
        "https://a.example/path",
        "https://user@a.example",
        "https://a.example?x",
    ] {
        assert!(origin(bad).is_err(), "{bad}");
    }
}
