//! A town for a running process: a station, a team and an item that the system dispatches by itself.

use serde_json::{Value, json};

use super::Process;

/// Where help is needed, and where everybody is.
pub fn here() -> Value {
    json!({ "latitude": 27.6652, "longitude": 120.5612, "coordinateSystem": "wgs84" })
}

/// The organizations, the item and who runs them.
pub struct Town {
    pub administrator: String,
    pub center: String,
    pub team: String,
    pub item: String,
}

/// Somebody who has signed in by phone.
pub struct Person {
    pub token: String,
}

impl Town {
    /// Creates it through the API.
    pub async fn found(process: &Process) -> Self {
        let administrator = process.sign_in().await;
        let center = process.create_center(&administrator).await;
        let create = async |path: String, body: Value, id: &str| {
            let key = format!("{path}:{}{}", body["kind"], body["value"]["name"]);
            let answer = process.post(&path, &administrator, &key, &body).await;
            let (status, answer) = answer.expect("an answer");
            assert!(status.is_success(), "{path}: {status} {answer}");
            answer[id].as_str().unwrap_or_default().to_owned()
        };
        let node = |kind: &str, parent: &str| {
            json!({ "kind": kind, "name": format!("演示{kind}"), "parentId": parent, "place": here(),
                    "acceptsDispatch": kind == "team" })
        };
        let organizations = || "/organizations".to_owned();
        let institute = create(organizations(), node("institute", &center), "organizationId").await;
        let station = create(organizations(), node("station", &institute), "organizationId").await;
        let team = create(organizations(), node("team", &station), "organizationId").await;
        let item = json!({
            "code": "errand", "columnZh": "便民", "columnEn": "Daily life", "nameZh": "代买代办",
            "nameEn": "Errands", "category": "0001", "automatic": true,
        });
        let at_center = |part: &str| format!("/organizations/{center}/{part}");
        let item = create(at_center("catalog-items"), item, "catalogItemId").await;
        let rule = json!({ "value": {
            "name": "matching", "offerMinutes": 5, "radiusMeters": 15_000, "levelsUp": 1,
            "maximumOpen": 1_000, "bandMeters": 500, "retryMinutes": 30,
        } });
        create(at_center("rules"), rule, "ruleId").await;
        // A few people here order as fast as they can.
        let rule = json!({ "value": { "name": "ordering", "perPersonAndDay": 1_000 } });
        create(at_center("rules"), rule, "ruleId").await;
        Self { administrator, center, team, item }
    }

    /// Somebody who registers and joins the team.
    pub async fn volunteer(&self, process: &Process, phone: &str) -> Person {
        let person = process.resident(phone).await;
        let body = json!({ "countyId": self.center, "name": "演示志愿者" });
        let registered = process.post("/volunteers", &person.token, "register", &body).await;
        let (status, answer) = registered.expect("an answer");
        assert!(status.is_success(), "{answer}");
        let join = format!("/organizations/{}/join", self.team);
        let joined = process.post(&join, &person.token, "join", &json!({})).await;
        let (status, answer) = joined.expect("an answer");
        assert!(status.is_success(), "{answer}");
        person
    }
}
