//! The matrix of rights: every operation of the contract, and who may give it.
//!
//! Each person has a county of his own to try everything in, the same for all: an order of the
//! resident, dispatched to the plumbers, with the member on it. What stops him there, the state
//! of a thing or the form of a body, is none of the matrix's business: rights come before both.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use actix_web::http::Method;
use chrono::Duration;
use serde_json::{Value, json};

use crate::contract::operations::Operation;
use crate::privacy::notice;
use crate::support::app::{CONTRACT, TestApp};
use crate::support::client::{Call, Client};
use crate::support::county::node;
use crate::support::golden::assert_golden;
use crate::support::partner::{SCOPES, new_partner};
use crate::support::practice::{Practice, at, item, order, order_of, purpose, text};

/// Who is asked, in the order of the columns.
pub const PERSONS: [&str; 13] = [
    "resident",
    "neighbor",
    "member",
    "leader",
    "village clerk",
    "town viewer",
    "town dispatcher",
    "county administrator",
    "other county",
    "partner",
    "security administrator",
    "audit administrator",
    // The last: it is everybody's administrator who signs out.
    "platform",
];

/// What would end the person's stay, or the thing that others are tried on: tried last.
const LAST: [&str; 13] = [
    "demandEscalate",
    "teamLeave",
    "volunteerLeave",
    "volunteerSuspend",
    "teamRemoveMember",
    "grantRevoke",
    "catalogItemArchive",
    "organizationMove",
    "organizationSuspend",
    "organizationArchive",
    "sessionEnd",
    "sessionEndOthers",
    "signOut",
];

/// A county of one's own, with somebody to try everything in it.
pub struct World {
    /// Who there is.
    pub practice: Practice,
    /// Who tries.
    pub person: Client,
    /// Somebody who is given a role.
    somebody: String,
    /// What there is, by the name that its id has in paths; organizations are those of the practice.
    pub ids: BTreeMap<&'static str, String>,
}

/// The world of this person.
pub async fn world(app: &TestApp, who: &str) -> World {
    let practice = app.practice().await;
    let county = &practice.county;
    let phone = app.next_phone();
    let elsewhere = app.resident_with_phone("王秀英", &phone).await;
    app.clock.advance(Duration::minutes(1));
    let resident = app.resident_with_phone("王秀英", &phone).await;
    let sign_ins = elsewhere.get("/me/sessions?order=earliest_first").await.items();
    // The counties of all these worlds lie in the same place.
    let mut wanted = order_of(&practice.repair);
    wanted["organizationId"] = json!(county.village.id);
    let order = resident.places(wanted).await;
    let dispatch = order.dispatch(&resident).await;
    let assignment = practice.member.takes_a_place(&dispatch).await;
    app.run_due_jobs().await;
    let accepted = resident.get("/me/notices?kind=demand_accepted").await.items();
    let neighbor = app.resident("李大爷").await;
    let resident_of_order = resident.clone();
    let person = match who {
        "resident" => resident,
        "neighbor" => neighbor.clone(),
        "member" => practice.member.client(),
        "leader" => practice.leader.client(),
        "village clerk" => app.staff("clerk", &county.village).await,
        "town viewer" => app.staff("viewer", &county.town).await,
        "town dispatcher" => app.staff("dispatcher", &county.town).await,
        "county administrator" => app.staff("administrator", &county.center).await,
        "other county" => app.staff("administrator", &county.another_county).await,
        "partner" => app.partner(&county.town, &SCOPES).await.client().await,
        "security administrator" => app.security_administrator().await,
        "audit administrator" => app.audit_administrator().await,
        _ => app.administrator().await,
    };
    let somebody = app.resident("张").await.account_id();
    let given = json!({ "accountId": somebody, "role": "viewer" });
    let grant =
        app.administrator().await.post(county.village.path("/grants"), given).await.created();
    let wanted =
        json!({ "organizationId": county.village.id, "kind": "correction", "content": "请更正" });
    let asked = neighbor.post("/me/rights-requests", wanted).await.created();
    let clerk = app.staff("clerk", &county.village).await;
    let revealed = clerk.post(order.path("/reveal-contact"), purpose()).await.ok();
    let reveal = text(&revealed["revealId"]);
    let told = notice("service", "not_needed");
    let path = county.village.path("/privacy-notices");
    let told = app.administrator().await.post(path, told).await.created();
    let agreed = json!({ "privacyNoticeId": told["privacyNoticeId"], "decision": "given", "channel": "app" });
    let consent = resident_of_order.post("/me/consents", agreed).await.created();
    let ids = BTreeMap::from([
        ("privacyNoticeId", text(&told["privacyNoticeId"])),
        ("consentId", text(&consent["consentId"])),
        ("demandId", order.id),
        ("dispatchId", dispatch.id),
        ("assignmentId", assignment.id),
        ("volunteerId", practice.member.id.clone()),
        ("catalogItemId", practice.repair.id.clone()),
        ("grantId", text(&grant["grantId"])),
        ("partnerId", app.partner(&county.village, &SCOPES).await.id),
        ("noticeId", text(&accepted[0]["noticeId"])),
        ("revealId", reveal),
        ("sessionId", text(&sign_ins[0]["sessionId"])),
        ("requestId", text(&asked["requestId"])),
    ]);
    World { practice, person, somebody, ids }
}

impl World {
    /// The address of the operation in this world; teams where it is about teams.
    pub fn path(&self, operation: &Operation) -> String {
        let county = &self.practice.county;
        let about_teams =
            operation.id.starts_with("team") || operation.id == "dispatchListOfOrganization";
        let organization = if about_teams { &county.team } else { &county.village };
        let path = operation.path_with(|name| match name {
            "organizationId" => organization.id.clone(),
            name => self.ids[name].clone(),
        });
        match operation.id.as_str() {
            "volunteerList" => format!("{path}?within={}", county.center.id),
            "demandList" | "dispatchList" | "assignmentList" | "evaluationList"
            | "revealListWaiting" => {
                format!("{path}?within={}", county.village.id)
            }
            "organizationNearest" => {
                format!("{path}?latitude=27.66&longitude=120.56&coordinateSystem=wgs84")
            }
            _ => path,
        }
    }

    /// A body that the contract accepts.
    fn body(&self, operation: &str) -> Value {
        let county = &self.practice.county;
        match operation {
            "organizationCreate" => node("station", "新站", Some(&county.town), 27.66, 120.56),
            "organizationReplace" => {
                let mut body = node("station", "解放社区", Some(&county.town), 27.66, 120.56);
                body["name"] = json!("解放社区二");
                body
            }
            "organizationMove" => json!({ "parentId": county.other_town.id }),
            "organizationImport" => {
                json!({ "parentId": county.village.id, "csv": "code,name,kind\n33,x,post", "dryRun": true })
            }
            "ruleSet" => {
                json!({ "value": { "name": "hours", "stepMinutes": 1, "maximumMinutes": 600 } })
            }
            "passwordChange" => {
                json!({ "oldPassword": "not the old one", "newPassword": "brass kettle, umbrella" })
            }
            "secondFactorBegin" => json!({ "password": "not the old one" }),
            "secondFactorConfirm" | "secondFactorRemove" | "recoveryCodesRenew" => {
                json!({ "code": "123456" })
            }
            "realNameProve" => json!({ "name": "王秀英", "idNumber": "11010519491231002X" }),
            "wechatBind" => json!({ "loginCode": "login.somebody.1" }),
            "grantCreate" => json!({ "accountId": self.somebody, "role": "viewer" }),
            "grantDelegate" => json!({ "accountId": self.somebody, "reason": "休假",
                "validUntil": "2026-03-31T16:00:00Z" }),
            "partnerRegister" => new_partner(&SCOPES),
            "partnerSetKeys" => json!({ "keys": [] }),
            "privacyNoticePublish" => notice("sensitive", "not_needed"),
            "consentGive" => {
                json!({ "privacyNoticeId": self.ids["privacyNoticeId"], "decision": "given", "channel": "app" })
            }
            "consentWithdraw" => json!({ "channel": "app" }),
            "consentRecord" => json!({ "phone": "13900000099", "name": "王",
                "privacyNoticeId": self.ids["privacyNoticeId"], "decision": "given",
                "channel": "counter", "obtained": "口头同意" }),
            "staffCreate" => {
                json!({ "name": "新人", "username": "new.clerk", "password": "correct horse battery",
                "organizationId": county.village.id, "role": "viewer" })
            }
            "volunteerCreate" => {
                json!({ "countyId": county.center.id, "name": "新人", "skills": [] })
            }
            "volunteerReplace" => {
                json!({ "name": "陈师傅", "skills": ["09"], "acceptsMatching": true })
            }
            "teamAddMember" => json!({ "volunteerId": self.practice.member.id, "role": "member" }),
            "catalogItemCreate" => item("new_item", None, false),
            "catalogItemReplace" => item("appliance_repair", Some("09"), true),
            "demandPlace" => order(),
            "demandTransfer" => json!({ "to": "hotline_12345", "note": "已转" }),
            "demandRefuse" | "demandEscalate" | "demandPause" | "demandReopen"
            | "dispatchDecline" | "dispatchWithdraw" | "assignmentRelease" | "revealRefuse" => {
                json!({ "reason": "试" })
            }
            "demandRevealContact" | "volunteerRevealContact" => purpose(),
            "demandDispatch" => json!({ "kind": "call" }),
            "dispatchNameVolunteers" => json!({ "volunteerIds": [self.practice.member.id] }),
            "assignmentCheckIn" | "assignmentCheckOut" => {
                json!({ "position": at((27.6652, 120.5612)) })
            }
            "assignmentEnterPresence" => json!({ "reason": "忘记签到",
                "served": { "from": "2026-03-02T01:00:00Z", "until": "2026-03-02T01:30:00Z" } }),
            "demandEvaluate" => json!({ "solved": true, "score": 5 }),
            "meRename" => json!({ "name": "新名字" }),
            "rightsRequestMake" => {
                json!({ "organizationId": county.village.id, "kind": "explanation", "content": "请说明" })
            }
            "rightsRequestAccept" | "rightsRequestRefuse" => json!({ "answer": "已处理" }),
            "deletionAsk" => json!({ "confirm": "注销账号" }),
            "noticeReadUpTo" => json!({ "noticeId": self.ids["noticeId"] }),
            _ => json!({}),
        }
    }

    /// The operation in this world, given by anybody.
    pub fn call(&self, by: &Client, operation: &Operation) -> Call {
        self.call_at(by, operation, &self.path(operation))
    }

    /// The same at another address.
    pub fn call_at(&self, by: &Client, operation: &Operation, path: &str) -> Call {
        let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
        let reads = method == Method::GET;
        let call = by.call(method, path);
        if reads { call } else { call.json(&self.body(&operation.id)).if_match("*") }
    }

    /// Whether the person may: ✔, is refused: ·, or may not even know: blank.
    async fn verdict(&self, operation: &Operation) -> char {
        let reply = self.call(&self.person, operation).await;
        match reply.status() {
            401 => panic!("signed in and not known: {reply}"),
            403 => '·',
            404 => ' ',
            // Whether the times are possible is looked at after the rights.
            400 if operation.id == "assignmentEnterPresence" => '✔',
            // And so is whether a colleague is one.
            400 if operation.id == "grantDelegate" => '✔',
            // And so is the old password.
            400 if ["passwordChange", "secondFactorBegin"].contains(&operation.id.as_str()) => '✔',
            400 => panic!("the body is not what the contract wants: {reply}"),
            _ => '✔',
        }
    }
}

on_both_engines! {
    async fn the_matrix_of_rights_is_known(app: TestApp) {
        let mut columns: Vec<BTreeMap<String, char>> = Vec::new();
        for who in PERSONS {
            let world = world(&app, who).await;
            let mut operations: Vec<_> =
                CONTRACT.operations().filter(|operation| operation.secured).collect();
            operations.sort_by_key(|operation| {
                LAST.iter().position(|last| *last == operation.id).map_or(0, |place| place + 1)
            });
            let mut column = BTreeMap::new();
            for operation in operations {
                let verdict = world.verdict(operation).await;
                // What the contract says of partners is what the program does with them.
                let of_partners = who == "partner";
                let told = operation.scopes.is_empty() == (verdict != '✔');
                assert!(!of_partners || told, "{}: {verdict}", operation.id);
                column.insert(operation.id.clone(), verdict);
            }
            columns.push(column);
        }
        assert_golden("rights.txt", &table(&columns));
    }
}

fn table(columns: &[BTreeMap<String, char>]) -> String {
    let mut table = String::from("✔ may   · may not   blank: may not even know\n\n");
    for (index, who) in PERSONS.iter().enumerate() {
        writeln!(table, "{:<32}{}{who}", "", "| ".repeat(index)).expect("writing to a text");
    }
    for operation in columns[0].keys() {
        write!(table, "{operation:<32}").expect("writing to a text");
        for column in columns {
            write!(table, "{} ", column[operation]).expect("writing to a text");
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    table
}
