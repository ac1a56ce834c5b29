//! Partners are registered, stopped and ended by the administrators of their node.

use redvest::ids::EntryId;
use redvest::platform::journal;
use redvest::platform::vault::Sealed;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::partner::new_partner;

/// How many rows of these tables hold a text anywhere that it could stand.
async fn rows_that_hold(app: &TestApp, text: &str) -> i64 {
    let answers = kept_answers(app).await;
    let in_answers = answers.iter().filter(|answer| answer.contains(text)).count();
    in_clear(app, text).await + i64::try_from(in_answers).expect("a small number")
}

/// The answers that are kept, which are sealed.
async fn kept_answers(app: &TestApp) -> Vec<String> {
    let sql = "SELECT entry_id, answer_body FROM journal WHERE answer_body IS NOT NULL";
    let rows: Vec<(EntryId, Sealed)> = if app.db.engine_name() == "sqlite" {
        let mut own = SqliteConnection::connect(app.database_url()).await.expect("a connection");
        sqlx::query_as(sql).fetch_all(&mut own).await.expect("answers")
    } else {
        let mut own = PgConnection::connect(app.database_url()).await.expect("a connection");
        sqlx::query_as(sql).fetch_all(&mut own).await.expect("answers")
    };
    let opened = rows.iter().map(|(id, answer)| {
        journal::open_answer(&app.db.keyring(), *id, Some(answer)).expect("it opens")
    });
    opened.flatten().collect()
}

async fn in_clear(app: &TestApp, text: &str) -> i64 {
    let sql = format!(
        "SELECT CAST((SELECT COUNT(*) FROM journal WHERE answer_body LIKE '%{text}%'
                         OR CAST(data AS TEXT) LIKE '%{text}%' OR request_digest LIKE '%{text}%')
              + (SELECT COUNT(*) FROM partners WHERE secret_digest LIKE '%{text}%') AS BIGINT)"
    );
    let query = sqlx::query_scalar(AssertSqlSafe(sql.clone()));
    if app.db.engine_name() == "sqlite" {
        let mut own = SqliteConnection::connect(app.database_url()).await.expect("a connection");
        return query.fetch_one(&mut own).await.expect("a number");
    }
    let mut own = PgConnection::connect(app.database_url()).await.expect("a connection");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut own).await.expect("a number")
}

fn names(partners: &[Value]) -> Vec<&str> {
    partners.iter().filter_map(|partner| partner["name"].as_str()).collect()
}

on_both_engines! {
    async fn an_administrator_registers_a_partner(app: TestApp) {
        let county = app.county().await;
        let administrator = app.staff("administrator", &county.town).await;
        let body = new_partner(&["demands.read", "organizations.read", "demands.read"]);
        let reply = administrator.post(county.town.path("/partners"), body).await;
        let registered = reply.clone().created();
        assert_eq!(registered["organizationName"], "昆阳镇");
        assert_eq!(registered["scopes"], json!(["organizations.read", "demands.read"]), "each once");
        assert_eq!(registered["requestsPerMinute"], 600);
        assert_eq!(registered["next"], json!(["suspend", "renew_secret", "set_keys", "end"]));
        assert_eq!(registered["clientSecret"].as_str().map(str::len), Some(43), "256 bits");
        let read = administrator.get(reply.location()).await.ok();
        let mut without = registered.clone();
        without.as_object_mut().expect("an object").remove("clientSecret");
        assert_eq!(read, without);
    }

    async fn the_secret_is_shown_once_and_stored_nowhere(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let register = || {
            let body = new_partner(&["demands.read"]);
            administrator.post(county.town.path("/partners"), body).key("register-one")
        };
        let first = register().await;
        let again = register().await;
        assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
        assert_eq!(first.etag(), again.etag());
        let (first, again) = (first.created(), again.created());
        assert_eq!(again["partnerId"], first["partnerId"]);
        assert_eq!(again["clientSecret"], Value::Null);
        let secret = first["clientSecret"].as_str().expect("a secret");
        assert_eq!(rows_that_hold(&app, secret).await, 0);
        let id = first["partnerId"].as_str().expect("an id");
        assert!(rows_that_hold(&app, id).await > 0, "the answer is kept, without the secret");
    }

    async fn the_partners_of_a_node_are_those_at_it_and_below(app: TestApp) {
        let county = app.county().await;
        for (name, at) in [("县", &county.center), ("镇", &county.town), ("村", &county.village)] {
            app.partner_of(at, changed(&new_partner(&["demands.read"]), "name", name)).await;
        }
        let administrator = app.administrator().await;
        let listed = |path: String| {
            let call = administrator.get(path);
            async move { call.await.items() }
        };
        let all = listed(county.center.path("/partners?order=earliest_first")).await;
        assert_eq!(names(&all), ["县", "镇", "村"]);
        assert_eq!(names(&listed(county.town.path("/partners")).await), ["村", "镇"]);
        assert!(listed(county.other_town.path("/partners")).await.is_empty());
        let page = administrator.get(county.center.path("/partners?limit=2")).await.ok();
        let next = page["next"].as_str().expect("there is more");
        let rest = listed(county.center.path(&format!("/partners?limit=2&cursor={next}"))).await;
        assert_eq!(names(&rest), ["县"]);
    }

    async fn a_partner_is_the_business_of_administrators_at_its_node_and_above(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.village, &["demands.read"]).await;
        app.staff("administrator", &county.town).await.get(partner.path("")).await.ok();
        let body = new_partner(&["demands.read"]);
        let dispatcher = app.staff("dispatcher", &county.town).await;
        let register = dispatcher.post(county.town.path("/partners"), body.clone()).await;
        register.refused(Code::Forbidden);
        dispatcher.get(partner.path("")).await.refused(Code::Forbidden);
        dispatcher.get(county.town.path("/partners")).await.refused(Code::Forbidden);
        let beside = app.staff("administrator", &county.other_town).await;
        beside.get(partner.path("")).await.refused(Code::NotFound);
        for command in ["/suspend", "/resume", "/end", "/renew-secret"] {
            beside.command(partner.path(command)).await.refused(Code::NotFound);
        }
        let resident = app.resident("王").await;
        resident.get(county.town.path("/partners")).await.refused(Code::NotFound);
        resident.post(county.town.path("/partners"), body).await.refused(Code::NotFound);
    }

    async fn what_a_partner_is_registered_with_makes_sense(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let good = new_partner(&["demands.read"]);
        for (member, value, code) in [
            ("scopes", json!([]), FieldCode::Missing),
            ("expiresAt", json!("2026-03-02T02:00:00Z"), FieldCode::InThePast),
            ("expiresAt", json!("2029-01-01T00:00:00Z"), FieldCode::TooFarAhead),
            ("requestsPerMinute", json!(0), FieldCode::OutOfRange),
            ("purpose", json!(""), FieldCode::TooShort),
        ] {
            let body = changed(&good, member, value);
            let refused = administrator.post(county.town.path("/partners"), body).await;
            refused.refused_field(&format!("/{member}"), code);
        }
        let unknown = changed(&good, "scopes", json!(["demands.write"]));
        let refused = administrator.post(county.town.path("/partners"), unknown).await;
        refused.refused_field("/scopes/0", FieldCode::NotOneOf);
    }

    async fn a_partner_is_suspended_resumed_and_ended(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &["demands.read"]).await;
        let administrator = app.administrator().await;
        let refuse = |command: &str| administrator.command(partner.path(command));
        refuse("/resume").await.refused(Code::NotPossible);
        let suspended = partner.is("/suspend").await;
        assert_eq!(suspended["status"], "suspended");
        assert_eq!(suspended["next"], json!(["resume", "renew_secret", "set_keys", "end"]));
        refuse("/suspend").await.refused(Code::NotPossible);
        assert_eq!(partner.is("/resume").await["status"], "active");
        let ended = partner.is("/end").await;
        assert_eq!(ended["next"], json!([]));
        for command in ["/suspend", "/resume", "/renew-secret", "/end"] {
            refuse(command).await.refused(Code::NotPossible);
        }
    }
}
