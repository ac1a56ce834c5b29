//! API8: what goes wrong says so to the log and not to the caller, and figures name nobody.

use actix_web::http::Method;
use redvest::problem::Code;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use crate::support::TestApp;
use crate::support::reply::Reply;

/// What an answer would have in it that tells how the program is made.
const INSIDES: [&str; 22] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "sqlx",
    "sqlite",
    "SQLite",
    "postgres",
    "no such table",
    "relation \"",
    "constraint",
    "panicked",
    "backtrace",
    ".rs:",
    "src/",
    "/home/",
    "/tmp/",
    "actix",
    "serde",
    "struct ",
    "enum ",
    "redvest::",
    "tokio",
];
/// What would tell which release of what answers.
const RELEASES: [&str; 4] = ["Server", "X-Powered-By", "Via", "X-AspNet-Version"];

/// Takes a table away for a while, past the program.
async fn rename(app: &TestApp, from: &str, to: &str) {
    let order = AssertSqlSafe(format!("ALTER TABLE {from} RENAME TO {to}"));
    if app.db.engine_name() == "sqlite" {
        let mut own = SqliteConnection::connect(app.database_url()).await.expect("a connection");
        own.execute(order).await.expect("the table has another name");
    } else {
        let mut own = PgConnection::connect(app.database_url()).await.expect("a connection");
        own.execute(order).await.expect("the table has another name");
    }
}

#[track_caller]
fn tells_nothing_of_the_insides(reply: &Reply) {
    for inside in INSIDES {
        assert!(!reply.text().contains(inside), "{inside} is told: {reply}");
    }
    assert!(!reply.text().contains(env!("CARGO_PKG_VERSION")), "the release is told: {reply}");
    for header in RELEASES {
        assert_eq!(reply.header(header), None, "{reply}");
    }
}

on_both_engines! {
    async fn a_fault_is_told_to_the_log_alone(app: TestApp) {
        let resident = app.resident("王").await;
        rename(&app, "notices", "hidden").await;
        for path in ["/me/notices", "/me/notice-count"] {
            let broken = resident.get(path).await;
            tells_nothing_of_the_insides(&broken);
            let body = broken.refused(Code::Internal);
            assert_eq!(body["errors"], json!([]));
        }
        rename(&app, "hidden", "notices").await;
        resident.get("/me/notices").await.ok();
    }

    async fn a_refusal_tells_what_to_mend_and_nothing_of_the_insides(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let bodies = [
            "", "{", "[]", "null", "7", "\"x\"", "{\"kind\":{}}", "{\"kind\":[]}", "{\"name\":{}}",
            "{\"name\":[1]}", "{\"place\":7}", "{\"place\":\"x\"}", "{\"place\":[]}", "{\"place\":{}}",
            "{\"skills\":{}}", "{\"skills\":\"09\"}", "{\"openHours\":{}}", "{\"openHours\":[7]}",
            "{\"radiusMeters\":{}}", "{\"radiusMeters\":1e400}", "{\"parentId\":7}",
            "{\"acceptsDispatch\":\"yes\"}", "{\"kind\":\"center\",\"kind\":1}", "{\"x\":1}",
            "{\"value\":7}", "{\"value\":{\"name\":\"clocks\",\"respond\":7}}",
            "{\"value\":{\"name\":\"clocks\",\"respond\":{\"weeks\":1}}}",
            "{\"value\":{\"name\":\"hours\",\"stepMinutes\":\"x\"}}", "\u{0}",
        ];
        let paths = ["/organizations", &county.village.path("/rules"), "/demands", "/volunteers"];
        for path in paths {
            for body in bodies {
                let call = administrator.call(Method::POST, path).body("application/json", body);
                let refused = call.in_english().await;
                tells_nothing_of_the_insides(&refused);
                refused.refused(Code::InvalidRequest);
            }
        }
        for query in ["limit=x", "limit=", "cursor=x", "within=x", "kind=x", "%ff=1", "a[]=1", "&&=&"] {
            tells_nothing_of_the_insides(&administrator.get(format!("/organizations?{query}")).await);
        }
        for token in ["x", "a.b.c", "e30.e30.e30"] {
            let refused = app.with_token(token).get("/me").await;
            tells_nothing_of_the_insides(&refused);
            refused.refused(Code::Unauthenticated);
        }
        let unknown = administrator.get("/nothing/%3Cscript%3E").await;
        assert!(!unknown.text().contains("script"), "{unknown}");
        tells_nothing_of_the_insides(&unknown);
    }

    async fn figures_name_routes_and_nobody(app: TestApp) {
        let phone = app.next_phone();
        let resident = app.resident_with_phone("王秀英", &phone).await;
        let (token, _) = resident.tokens();
        let own = resident.account_id();
        resident.get(format!("/organizations?name={phone}")).await;
        resident.get(format!("/volunteers/{own}")).await;
        resident.get(format!("/nothing/{phone}")).await;
        let figures = app.anonymous().get("//metrics").await.status_is(200);
        assert!(figures.text().contains("/api/v1/volunteers/{volunteer_id}"), "{figures}");
        for personal in [phone.as_str(), &own, &token, "王秀英"] {
            assert!(!figures.text().contains(personal), "{personal} stands in the figures");
        }
    }

    /// Each would be a row that is kept for as long as the program runs.
    async fn made_up_methods_do_not_make_the_figures_grow(app: TestApp) {
        for number in 0..20 {
            let name = format!("MADEUP{number}");
            let method = Method::from_bytes(name.as_bytes()).expect("a method");
            app.anonymous().call(method, "/me").await.refused(Code::MethodNotAllowed);
        }
        let figures = app.anonymous().get("//metrics").await.status_is(200);
        assert!(!figures.text().contains("MADEUP"), "{figures}");
        assert!(figures.text().contains("method=\"other\""), "{figures}");
    }
}
