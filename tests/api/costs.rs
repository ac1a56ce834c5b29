//! What the hot operations cost, in SQL statements: measured, written down, and bounded.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::{Call, Client};
use crate::support::golden::assert_golden;
use crate::support::practice::{Dispatch, HOME, at, order_of, team, text};
use crate::support::reply::Reply;

/// The figures, and whether each is within its bound.
#[derive(Default)]
struct Ledger {
    table: String,
    exceeded: Vec<String>,
}

impl Ledger {
    /// Makes a call and notes what it cost. The call before it has brought the copies of reference
    /// data up to date, which every change of the tree makes the next request pay for.
    async fn note(&mut self, what: &str, bound: u32, caller: &Client, call: Call) -> Reply {
        caller.get("/me").await.ok();
        let reply = call.await;
        assert!(reply.status() < 300, "{reply}");
        let statements = reply.statements().unwrap_or_else(|| panic!("tells no figure: {reply}"));
        writeln!(self.table, "{what:<44} {statements:>2} of {bound}").unwrap();
        if statements > bound {
            self.exceeded.push(format!("{what}: {statements} of {bound}"));
        }
        reply
    }
}

fn here() -> Value {
    json!({ "position": at(HOME) })
}

on_both_engines! {
    async fn the_way_of_an_order_keeps_to_its_budget(app: TestApp) {
        let practice = app.practice().await;
        let village = &practice.county.village;
        for number in 0..20 {
            let name = format!("{number} 队");
            app.organization(team(village, &name, (27.6700, 120.5650), &["09"])).await;
        }
        let resident = app.resident("王").await;
        let staff = app.staff("dispatcher", &practice.county.center).await;
        let (member, leader) = (practice.member.client(), practice.leader.client());
        let mut ledger = Ledger::default();
        let note = &mut ledger;

        let body = order_of(&practice.repair);
        let placed = note
            .note("place, dispatched at once", 6, &resident, resident.post("/demands", body))
            .await;
        let path = placed.location();
        let candidates = format!("{path}/candidates");
        note.note("candidates", 3, &staff, staff.get(candidates)).await;
        let dispatch = Dispatch { id: text(&placed.json()["dispatchId"]) };
        note.note("what is open to me", 2, &member, member.get("/me/dispatches")).await;
        let take = member.command(dispatch.path("/take-place")).key("take");
        let taken = note.note("take a place", 6, &member, take).await;
        let place = taken.location();
        note.note("check in", 5, &member, member.post(format!("{place}/check-in"), here())).await;
        note.note(
            "check out",
            7,
            &member,
            member.post(format!("{place}/check-out"), here()).key("out"),
        )
        .await;
        let judgment = json!({ "solved": true, "score": 5 });
        let judge = resident.post(format!("{path}/evaluations"), judgment).key("judge");
        note.note("evaluate, and close", 7, &resident, judge).await;
        note.note("view with timeline", 3, &resident, resident.get(&path)).await;
        let list = format!("/demands?within={}&limit=100", practice.county.center);
        note.note("list of a county", 2, &staff, staff.get(list)).await;
        let list = format!("/demands?responsible={village}&state=closed");
        note.note("list of a turn, in one state", 2, &staff, staff.get(list)).await;
        note.note("own orders", 2, &resident, resident.get("/me/demands")).await;
        note.note("own assignments", 2, &member, member.get("/me/assignments")).await;
        let list = practice.county.team.path("/dispatches");
        note.note("dispatches of a team", 2, &leader, leader.get(list)).await;
        let within = format!("within={}&limit=100", practice.county.center);
        let list = format!("/dispatches?{within}");
        note.note("dispatches of a county", 2, &staff, staff.get(list)).await;
        let list = format!("/dispatches?{within}&state=completed");
        note.note("dispatches of a county, in one state", 2, &staff, staff.get(list)).await;
        let list = format!("/assignments?{within}");
        note.note("assignments of a county", 2, &staff, staff.get(list)).await;
        let list = format!("/assignments?{within}&state=done&order=earliest_first");
        note.note("assignments of a county, in one state", 2, &staff, staff.get(list)).await;
        let list = format!("/evaluations?{within}");
        note.note("evaluations of a county", 2, &staff, staff.get(list)).await;
        let list = format!("/evaluations?{within}&maximumScore=2");
        note.note("evaluations of a county, poor ones", 2, &staff, staff.get(list)).await;

        app.run_due_jobs().await;
        let note = &mut ledger;
        let list = "/me/notices?unread=true&limit=100";
        let told = note.note("own notices", 2, &resident, resident.get(list)).await;
        note.note("how many are unread", 2, &resident, resident.get("/me/notice-count")).await;
        let latest = text(&told.items()[0]["noticeId"]);
        let read = resident.command(format!("/me/notices/{latest}/read"));
        note.note("read a notice", 3, &resident, read).await;
        let all = resident.post("/me/notices/read", json!({ "noticeId": latest }));
        note.note("read all notices", 4, &resident, all).await;

        assert!(ledger.exceeded.is_empty(), "over budget: {:?}", ledger.exceeded);
        assert_golden("statement-budgets.txt", &ledger.table);
    }
}
