//! A small county to tell stories in.
//!
//! ```text
//! 平阳县 center
//! ├── 昆阳镇 town (institute)
//! │   ├── 解放社区 village (station)
//! │   │   └── 解放社区水电队 team, skill 09
//! │   └── 城东社区 next village (station)
//! └── 鳌江镇 other town (institute)
//!     └── 塘川社区 other village (station)
//! 苍南县 another county, with nothing below it
//! ```

use std::fmt;

use serde_json::{Value, json};

use super::app::TestApp;

/// An organization that a story created.
#[derive(Clone)]
pub struct Organization {
    /// Its id.
    pub id: String,
}

impl Organization {
    /// The address of the organization, or of something under it.
    pub fn path(&self, rest: &str) -> String {
        format!("/organizations/{}{rest}", self.id)
    }
}

impl fmt::Display for Organization {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.id)
    }
}

/// The organizations of the picture above.
#[expect(clippy::struct_field_names, reason = "one of them is no part of this county")]
pub struct County {
    /// 平阳县
    pub center: Organization,
    /// 昆阳镇
    pub town: Organization,
    /// 解放社区
    pub village: Organization,
    /// 解放社区水电队
    pub team: Organization,
    /// 城东社区
    pub next_village: Organization,
    /// 鳌江镇
    pub other_town: Organization,
    /// 塘川社区
    pub other_village: Organization,
    /// 苍南县
    pub another_county: Organization,
}

impl TestApp {
    /// Creates the county of the picture above.
    pub async fn county(&self) -> County {
        let center = self.organization(node("center", "平阳县", None, 27.6619, 120.5658)).await;
        let town = self.below(&center, "institute", "昆阳镇", 27.6640, 120.5600).await;
        let village = self.below(&town, "station", "解放社区", 27.6650, 120.5610).await;
        let team = self.organization(plumbers(&village)).await;
        let next_village = self.below(&town, "station", "城东社区", 27.6700, 120.5800).await;
        let other_town = self.below(&center, "institute", "鳌江镇", 27.5950, 120.5600).await;
        let other_village = self.below(&other_town, "station", "塘川社区", 27.5960, 120.5650).await;
        let another_county =
            self.organization(node("center", "苍南县", None, 27.5183, 120.4258)).await;
        County {
            center,
            town,
            village,
            team,
            next_village,
            other_town,
            other_village,
            another_county,
        }
    }

    /// Creates an organization below another, at a place in WGS-84.
    pub async fn below(
        &self,
        parent: &Organization,
        kind: &str,
        name: &str,
        latitude: f64,
        longitude: f64,
    ) -> Organization {
        self.organization(node(kind, name, Some(parent), latitude, longitude)).await
    }

    /// Creates any organization.
    pub async fn organization(&self, body: Value) -> Organization {
        let created = self.administrator().await.post("/organizations", body).await.created();
        Organization { id: created["organizationId"].as_str().expect("an id").to_owned() }
    }
}

/// The body that replaces an organization by itself.
pub fn as_it_is(view: &Value) -> Value {
    let mut body = view.clone();
    let members = body.as_object_mut().expect("an object");
    for own in ["organizationId", "status", "placeSynthetic", "createdAt", "updatedAt", "version"] {
        members.remove(own);
    }
    body
}

/// The body that creates an organization at a place in WGS-84.
pub fn node(
    kind: &str,
    name: &str,
    parent: Option<&Organization>,
    latitude: f64,
    longitude: f64,
) -> Value {
    json!({
        "kind": kind,
        "name": name,
        "parentId": parent.map(|parent| &parent.id),
        "place": { "latitude": latitude, "longitude": longitude, "coordinateSystem": "wgs84" },
    })
}

fn plumbers(village: &Organization) -> Value {
    let mut team = node("team", "解放社区水电队", Some(village), 27.6655, 120.5615);
    team["skills"] = json!(["09"]);
    team["acceptsDispatch"] = json!(true);
    team["radiusMeters"] = json!(6_000);
    team
}
