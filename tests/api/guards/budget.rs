//! What an operation costs, in SQL statements: a golden figure, the same on both engines. The first
//! statement looks up who is asking; begin and commit are not counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::privacy::notice;
use crate::support::TestApp;
use crate::support::app::{
    ADMINISTRATOR, ADMINISTRATOR_PASSWORD, CONTRACT, STAFF_PASSWORD, changed,
};
use crate::support::client::{Call, Client};
use crate::support::county::{County, node};
use crate::support::golden::assert_golden;
use crate::support::own_key::OwnKey;
use crate::support::partner::new_partner;
use crate::support::practice::text;
use crate::support::reply::Reply;

/// The figures by the id of the operation.
type Figures = BTreeMap<String, u32>;

/// Makes a call and notes what it cost. The call before it has brought the copies of reference data
/// up to date, which every change makes the next request pay for.
async fn measured(figures: &mut Figures, caller: &Client, call: Call) -> Reply {
    caller.get("/me").await.ok();
    let reply = call.await;
    assert!(reply.status() < 300, "{reply}");
    let operation = CONTRACT.operation_of(reply.method(), reply.path()).expect("an operation");
    let statements = reply.statements().unwrap_or_else(|| panic!("tells no figure: {reply}"));
    figures.insert(operation.id.clone(), statements);
    reply
}

/// Every operation of the contract, in its order; those that no story has measured say so.
fn table(figures: &Figures) -> String {
    let mut table = String::new();
    for operation in CONTRACT.operations().filter(|operation| operation.secured) {
        let figure = figures.get(&operation.id).map_or("not measured".to_owned(), u32::to_string);
        writeln!(table, "{:<32} {figure}", operation.id).expect("writing to a text");
    }
    table
}

async fn read_the_tree(figures: &mut Figures, reader: &Client, county: &County) {
    for path in [
        "/me",
        "/me/sessions",
        "/me/notices",
        "/me/notice-count",
        "/me/export",
        "/me/export/demands",
        "/organizations",
        "/organizations?kind=team&limit=1",
    ] {
        measured(figures, reader, reader.get(path)).await;
    }
    let near = "/nearest-organizations?latitude=27.66&longitude=120.56&coordinateSystem=wgs84";
    measured(figures, reader, reader.get(near)).await;
    for part in ["", "/children", "/subtree", "/ancestors", "/rules", "/rules/effective", "/grants"]
    {
        measured(figures, reader, reader.get(county.town.path(part))).await;
    }
}

async fn change_the_tree(figures: &mut Figures, administrator: &Client, county: &County) {
    let station = node("station", "新站", Some(&county.town), 27.66, 120.56);
    let created =
        measured(figures, administrator, administrator.post("/organizations", station.clone()))
            .await;
    let renamed = changed(&station, "name", "新站二号");
    measured(
        figures,
        administrator,
        administrator.put(created.location(), renamed, created.etag()),
    )
    .await;
    for command in ["/suspend", "/resume"] {
        measured(figures, administrator, administrator.command(county.team.path(command))).await;
    }
    let parent = json!({ "parentId": county.next_village.id });
    measured(figures, administrator, administrator.post(county.team.path("/move"), parent)).await;
    measured(figures, administrator, administrator.command(county.team.path("/archive"))).await;
    let csv = "code,name,kind,parent\n330326100,水头镇,institute,\n330326101,萧江镇,institute,\n";
    let import = json!({ "parentId": county.center.id, "csv": csv });
    measured(figures, administrator, administrator.post("/organization-imports", import)).await;
    let rule = json!({ "value": { "name": "hours", "stepMinutes": 30, "maximumMinutes": 480 } });
    measured(figures, administrator, administrator.post(county.town.path("/rules"), rule)).await;
}

async fn change_rights(figures: &mut Figures, administrator: &Client, county: &County) {
    let staff = json!({
        "name": "陈", "username": "chen", "password": STAFF_PASSWORD,
        "organizationId": county.town.id, "role": "clerk",
    });
    let created =
        measured(figures, administrator, administrator.post("/staff", staff)).await.created();
    let grant = json!({ "accountId": created["accountId"], "role": "viewer" });
    let given =
        measured(figures, administrator, administrator.post(county.town.path("/grants"), grant))
            .await;
    measured(figures, administrator, administrator.delete(given.location())).await;
}

async fn end_sign_ins(figures: &mut Figures, administrator: &Client, app: &TestApp) {
    app.sign_in_by_password(ADMINISTRATOR, ADMINISTRATOR_PASSWORD).await;
    let latest = administrator.get("/me/sessions?limit=1").await.items();
    let elsewhere = format!("/me/sessions/{}", text(&latest[0]["sessionId"]));
    measured(figures, administrator, administrator.delete(elsewhere)).await;
    measured(figures, administrator, administrator.command("/me/other-sessions/end")).await;
    measured(figures, administrator, administrator.command("/sign-out")).await;
}

async fn change_partners(figures: &mut Figures, administrator: &Client, county: &County) {
    let body = new_partner(&["demands.read"]);
    let registered =
        measured(figures, administrator, administrator.post(county.town.path("/partners"), body))
            .await;
    let path = registered.location();
    measured(figures, administrator, administrator.get(county.center.path("/partners"))).await;
    measured(figures, administrator, administrator.get(&path)).await;
    let etag = administrator.get(&path).await.etag();
    let keys = json!({ "keys": [OwnKey::of_curve("one").jwk()] });
    let call = administrator.put(format!("{path}/keys"), keys, etag);
    measured(figures, administrator, call).await;
    for command in ["suspend", "resume", "renew-secret", "remove-secret", "end"] {
        let call = administrator.command(format!("{path}/{command}"));
        measured(figures, administrator, call).await;
    }
}

async fn tell_and_agree(figures: &mut Figures, administrator: &Client, county: &County) {
    let body = notice("service", "not_needed");
    let at = county.center.path("/privacy-notices");
    let published = measured(figures, administrator, administrator.post(&at, body)).await;
    measured(figures, administrator, administrator.get(&at)).await;
    measured(figures, administrator, administrator.get(published.location())).await;
    let id = text(&published.created()["privacyNoticeId"]);
    let agreed = json!({ "privacyNoticeId": id, "decision": "given", "channel": "web" });
    let given = measured(figures, administrator, administrator.post("/me/consents", agreed)).await;
    let withdraw = format!("/me/consents/{}/withdraw", text(&given.created()["consentId"]));
    let call = administrator.post(withdraw, json!({ "channel": "web" }));
    measured(figures, administrator, call).await;
    measured(figures, administrator, administrator.get("/me/consents")).await;
    let recorded = json!({ "phone": "13900000099", "name": "王", "privacyNoticeId": id,
        "decision": "given", "channel": "counter", "obtained": "口头同意" });
    let call = administrator.post(county.center.path("/consents"), recorded);
    measured(figures, administrator, call).await;
}

async fn rotate_keys(figures: &mut Figures, administrator: &Client) {
    measured(figures, administrator, administrator.get("/signing-keys")).await;
    measured(figures, administrator, administrator.command("/signing-keys/rotate")).await;
}

async fn read_the_audit(figures: &mut Figures, app: &TestApp) {
    let auditor = app.audit_administrator().await;
    measured(figures, &auditor, auditor.get("/audit")).await;
}

on_both_engines! {
    async fn what_an_operation_costs_is_known(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let mut figures = Figures::new();
        read_the_tree(&mut figures, &administrator, &county).await;
        change_the_tree(&mut figures, &administrator, &county).await;
        change_partners(&mut figures, &administrator, &county).await;
        change_rights(&mut figures, &administrator, &county).await;
        tell_and_agree(&mut figures, &administrator, &county).await;
        rotate_keys(&mut figures, &administrator).await;
        read_the_audit(&mut figures, &app).await;
        end_sign_ins(&mut figures, &administrator, &app).await;
        assert_golden("statements.txt", &table(&figures));
    }
}
