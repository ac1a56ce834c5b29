//! One order, played through the real HTTP API from placement to close, each
//! step told in one line.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::county;
use super::manifest::{Manifest, RoleEntry, SignIn};

/// What the resident of the demo orders: an automatic item with a skill.
const ORDERED: &str = "elder_care";
/// What the resident is told of: that somebody comes, that he has come, and the end.
const TOLD: usize = 3;
/// How often the resident looks for notices.
const LOOKS: usize = 12;
/// How long he waits in between.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Why the order could not be played: a sentence for the person at the terminal.
pub type PlayError = Box<dyn std::error::Error>;

/// Plays the order and adds the chosen team's people to the manifest.
///
/// # Errors
/// What the API answered instead of the expected step.
pub async fn play(
    manifest: &mut Manifest,
    team_count: usize,
    tell: &mut dyn FnMut(String),
) -> Result<(), PlayError> {
    let api =
        Api { client: Client::builder().no_proxy().build()?, base: manifest.base_url.clone() };
    let resident = api.sign_in(manifest.role("resident").ok_or("no resident")?).await?;
    let demand = place(&api, manifest, &resident, tell).await?;
    let dispatch_id = text(&demand, "/dispatchId");
    let county =
        api.sign_in(manifest.role("county_administrator").ok_or("no administrator")?).await?;
    let offer = api.get(&county, &format!("/dispatches/{dispatch_id}")).await?;
    tell_choice(&offer, tell);
    add_team(manifest, &offer, team_count)?;
    let volunteer = api.sign_in(manifest.role("volunteer").ok_or("no volunteer")?).await?;
    let demand_id = text(&demand, "/demandId");
    join_neighbors(&api, &county, &volunteer, &demand_id).await?;
    let assignment = serve(&api, &resident, &volunteer, &demand_id, tell).await?;
    judge(&api, &resident, &demand_id, tell).await?;
    reveal(&api, &resident, &county, &demand_id, tell).await?;
    let totals = format!("/volunteers/{}/totals", text(&assignment, "/volunteerId"));
    let totals = api.get(&volunteer, &totals).await?;
    tell(format!("记录 record    the volunteer's record now says {totals}"));
    let seen = api.get(&resident, &format!("/demands/{demand_id}")).await?;
    let entries = seen.pointer("/timeline").and_then(Value::as_array).map_or(0, Vec::len);
    tell(format!("全程 timeline  {entries} entries, state {}", text(&seen, "/state")));
    let titles = titles_told(&api, &resident, &demand_id).await?;
    tell(format!("消息 notices   the resident was told: {}", titles.join(" · ")));
    Ok(())
}

async fn place(
    api: &Api,
    manifest: &Manifest,
    resident: &str,
    tell: &mut dyn FnMut(String),
) -> Result<Value, PlayError> {
    let known = manifest.menu.iter().find(|item| item.code == ORDERED);
    let item = known.or(manifest.menu.first()).ok_or("the menu is empty")?;
    let order = json!({
        "catalogItemId": item.catalog_item_id,
        "content": "独居老人需要陪护两小时（演示）",
        "risk": "老人行动不便，上下楼需搀扶",
        "place": { "latitude": 27.6774, "longitude": 120.5678, "coordinateSystem": "wgs84" },
        "address": "昆阳镇演示路 1 号",
        "channel": "mini_program",
        "relation": "oneself",
        "recipient": { "name": "演示居民", "phone": "16999000001" },
    });
    let placed = api.post(resident, "/demands", &order).await?;
    let demand = api.get(resident, &format!("/demands/{}", text(&placed, "/demandId"))).await?;
    tell(format!(
        "点单 place     演示居民 orders {} at {}: {} → {}, respond by {}",
        item.name_zh,
        text(&demand, "/areaName"),
        text(&demand, "/number"),
        text(&demand, "/state"),
        text(&demand, "/clocks/respondBy"),
    ));
    if demand.pointer("/dispatchId").is_none_or(Value::is_null) {
        return Err("the order found no team: is it night, or are the teams gone?".into());
    }
    Ok(demand)
}

fn tell_choice(offer: &Value, tell: &mut dyn FnMut(String)) {
    let grounds = offer.pointer("/grounds").cloned().unwrap_or_default();
    tell(format!(
        "派单 dispatch  the system offers it to {}: {} m away, rank {} of {} suitable among {}, band {}, {} on its hands, asked last {}; answer by {}",
        text(offer, "/organizationName"),
        text(offer, "/distanceMeters"),
        text(&grounds, "/rank"),
        text(&grounds, "/suitable"),
        text(&grounds, "/considered"),
        text(&grounds, "/band"),
        text(&grounds, "/openDispatches"),
        text(&grounds, "/lastAskedAt"),
        text(offer, "/respondBy"),
    ));
}

/// Finds out who leads the chosen team and who is in it: the synthetic people
/// are made in the order of the teams, one leader each, then one member each.
fn add_team(manifest: &mut Manifest, offer: &Value, team_count: usize) -> Result<(), PlayError> {
    let county = county::county()?;
    let teams = county::teams(&county, team_count);
    let name = text(offer, "/organizationName");
    let index = teams.iter().position(|team| team.name == name).ok_or("an unknown team")?;
    let people = county::volunteers(&county, &teams, team_count * 2, super::load::SEED);
    let wanted = people.filter(|person| person.team == index);
    for (person, role) in wanted.zip(["team_leader", "volunteer"]) {
        manifest.set_role(RoleEntry {
            role: role.to_owned(),
            name: person.name,
            organization_id: Some(text(offer, "/organizationId")),
            organization: Some(name.clone()),
            sign_in: SignIn::Phone { phone: person.phone, code: super::CODE.to_owned() },
        });
    }
    Ok(())
}

/// The next order may go to another team nearby, whichever was asked longest ago. The volunteer of
/// the manifest joins them all, so that whoever tries out that role finds what he ordered.
async fn join_neighbors(
    api: &Api,
    county: &str,
    volunteer: &str,
    demand_id: &str,
) -> Result<(), PlayError> {
    let candidates = api.get(county, &format!("/demands/{demand_id}/candidates")).await?;
    let never = ["lacks_skill", "too_far", "opted_out"];
    for team in candidates.pointer("/items").and_then(Value::as_array).into_iter().flatten() {
        let out = team.pointer("/out").and_then(Value::as_array).into_iter().flatten();
        if !out.filter_map(Value::as_str).any(|reason| never.contains(&reason)) {
            let join = format!("/organizations/{}/join", text(team, "/organizationId"));
            // He may be in it already.
            let _ = api.post(volunteer, &join, &json!({})).await;
        }
    }
    Ok(())
}

async fn serve(
    api: &Api,
    resident: &str,
    volunteer: &str,
    demand_id: &str,
    tell: &mut dyn FnMut(String),
) -> Result<Value, PlayError> {
    let dispatch_id = found(api, volunteer, demand_id).await?;
    let taken =
        api.post(volunteer, &format!("/dispatches/{dispatch_id}/take-place"), &json!({})).await?;
    tell(format!(
        "接单 accept    {} takes the place: demand {}, handle by {}",
        text(&taken, "/volunteerName"),
        text(&taken, "/demand/state"),
        text(&taken, "/demand/handleBy"),
    ));
    let assignment = format!("/assignments/{}", text(&taken, "/assignmentId"));
    let code = api.get(resident, &format!("/demands/{demand_id}/check-in-code")).await?;
    let position = taken.pointer("/demand/destination/place").cloned().unwrap_or_default();
    let presence = json!({ "position": position, "code": text(&code, "/code") });
    let arrived = api.post(volunteer, &format!("{assignment}/check-in"), &presence).await?;
    tell(format!(
        "送单 check in  {} is on the spot, proven by {}, {} m from the place: demand {}, handle by {}",
        text(&arrived, "/volunteerName"),
        text(&arrived, "/checkIn/kind"),
        text(&arrived, "/checkIn/distanceMeters"),
        text(&arrived, "/demand/state"),
        text(&arrived, "/demand/handleBy"),
    ));
    let left = api.post(volunteer, &format!("{assignment}/check-out"), &presence).await?;
    let served = api.get(resident, &format!("/demands/{demand_id}")).await?;
    tell(format!(
        "送达 check out {} leaves, {} minutes credited: demand {}, evaluate by {}",
        text(&left, "/volunteerName"),
        text(&left, "/creditedMinutes"),
        text(&left, "/demand/state"),
        text(&served, "/clocks/evaluateBy"),
    ));
    Ok(left)
}

/// The dispatch of the demand, as the volunteer finds it among what is open to him.
async fn found(api: &Api, volunteer: &str, demand_id: &str) -> Result<String, PlayError> {
    let open = api.get(volunteer, "/me/dispatches").await?;
    let items = open.pointer("/items").and_then(Value::as_array).cloned().unwrap_or_default();
    let own = items.iter().find(|one| text(one, "/demandId") == demand_id);
    Ok(text(own.ok_or("the volunteer does not find the order")?, "/dispatchId"))
}

async fn judge(
    api: &Api,
    resident: &str,
    demand_id: &str,
    tell: &mut dyn FnMut(String),
) -> Result<(), PlayError> {
    let judgment = json!({ "solved": true, "score": 5, "punctuality": 5, "attitude": 5, "skill": 5, "words": "陪护细心周到（演示）" });
    let judged =
        api.post(resident, &format!("/demands/{demand_id}/evaluations"), &judgment).await?;
    tell(format!(
        "评单 evaluate  演示居民 judges: solved, {} of 5 → 销号 {}, no deadline left",
        text(&judged, "/evaluation/score"),
        text(&judged, "/demandState"),
    ));
    Ok(())
}

/// The telephone is masked for staff. Seen whole it is for minutes, by an act that stands in the
/// timeline, in the audit, and in the access log of the person whose telephone it is.
async fn reveal(
    api: &Api,
    resident: &str,
    county: &str,
    demand_id: &str,
    tell: &mut dyn FnMut(String),
) -> Result<(), PlayError> {
    let seen = api.get(county, &format!("/demands/{demand_id}")).await?;
    let masked = text(&seen, "/recipientPhone");
    tell(format!("掩码 masked    the county's staff sees the telephone as {masked}"));
    let why = json!({ "purpose": "call_back", "reason": "电话回访服务情况（演示）" });
    let revealed = api.post(county, &format!("/demands/{demand_id}/reveal-contact"), &why).await?;
    let log = api.get(resident, "/me/access-log").await?;
    tell(format!(
        "查看 reveal    {} of {} sees {} until {}, to {}: {}; the resident's access log names {}",
        text(&revealed, "/askedByName"),
        text(&revealed, "/organizationName"),
        text(&revealed, "/contact/phone"),
        text(&revealed, "/visibleUntil"),
        text(&revealed, "/purpose"),
        text(&revealed, "/reason"),
        text(&log, "/items/0/byName"),
    ));
    Ok(())
}

/// What the resident was told of his order. The sweep that tells him comes by every
/// second or so, and the whole order took less.
async fn titles_told(api: &Api, resident: &str, demand_id: &str) -> Result<Vec<String>, PlayError> {
    let mut titles = Vec::new();
    for _ in 0..LOOKS {
        let page = api.get(resident, "/me/notices").await?;
        let all = page.pointer("/items").and_then(Value::as_array).cloned().unwrap_or_default();
        let own = all.iter().rev().filter(|notice| text(notice, "/demandId") == demand_id);
        titles = own.map(|notice| text(notice, "/title")).collect();
        if titles.len() >= TOLD {
            break;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(titles)
}

fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => "never".to_owned(),
        Some(other) => other.to_string(),
    }
}

struct Api {
    client: Client,
    base: String,
}

impl Api {
    async fn sign_in(&self, entry: &RoleEntry) -> Result<String, PlayError> {
        let signed_in = match &entry.sign_in {
            SignIn::Phone { phone, code } => {
                // A code that was sent a moment ago is still good.
                let asked = json!({ "phone": phone });
                let _ = self.send(Method::POST, None, "/sign-in/codes", Some(&asked)).await;
                let body = json!({ "phone": phone, "code": code, "name": entry.name });
                self.send(Method::POST, None, "/sign-in/phone", Some(&body)).await?
            }
            SignIn::Password { username, password } => {
                let body = json!({ "username": username, "password": password });
                self.send(Method::POST, None, "/sign-in/password", Some(&body)).await?
            }
        };
        Ok(text(&signed_in, "/accessToken"))
    }

    async fn get(&self, token: &str, path: &str) -> Result<Value, PlayError> {
        self.send(Method::GET, Some(token), path, None).await
    }

    async fn post(&self, token: &str, path: &str, body: &Value) -> Result<Value, PlayError> {
        self.send(Method::POST, Some(token), path, Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        token: Option<&str>,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, PlayError> {
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let answer: Value = response.json().await?;
        if status.is_success() {
            return Ok(answer);
        }
        Err(format!("{path} answered {status}: {answer}").into())
    }
}
