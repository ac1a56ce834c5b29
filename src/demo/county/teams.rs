//! The teams: the professional ones of the departments, and one after the other in every place.

use super::chance::Chance;
use super::organizations::{County, DemoOrganization, INSTITUTE, STATION};
use crate::platform::calendar::ALL_SLOTS;
use crate::platform::geography::Point;

/// How far from its institute or station a team meets, in meters.
const TEAM_DISTANCE_METERS: f64 = 500.0;
/// How far a professional team goes, in meters: through the whole county.
const PROFESSIONAL_RADIUS_METERS: f64 = 30_000.0;
/// How far a town's team goes, in meters.
const TOWN_RADIUS_METERS: f64 = 12_000.0;
/// How far a village's team goes, in meters.
const VILLAGE_RADIUS_METERS: f64 = 6_000.0;

/// How many teams the county has (Pingyang, 2022).
pub const TEAM_COUNT: usize = 1_010;

/// The slots 1, 2, 4, 5 … 13, 14: mornings and afternoons from Monday to Friday.
pub(super) const WEEKDAYS_BY_DAY: u32 = 0b011_011_011_011_011;

/// What a team does.
#[derive(Clone, Copy)]
struct Theme {
    /// In Chinese, as part of the team's name.
    name: &'static str,
    /// The national codes of the skills it takes.
    skills: &'static [&'static str],
}

const fn theme(name: &'static str, skills: &'static [&'static str]) -> Theme {
    Theme { name, skills }
}

/// The seven professional teams, with the suffix of their sub-center's key.
const PROFESSIONAL_TEAMS: [(&str, Theme); 7] = [
    ("health", theme("医疗健康", &["01", "19"])),
    ("health", theme("心理疏导", &["18"])),
    ("culture", theme("文艺轻骑", &["17", "21"])),
    ("law", theme("法律援助与调解", &["04"])),
    ("science", theme("科普讲师", &["05", "08", "22"])),
    ("emergency", theme("应急救援", &["01", "03", "10"])),
    ("civil-affairs", theme("助老助残", &["14", "19"])),
];

/// What the other teams do. Together they have every skill that the menu dispatches without a
/// human.
const TEAM_THEMES: [Theme; 8] = [
    theme("邻里互助", &["14", "19"]),
    theme("红色代办", &["03", "13"]),
    theme("巧手便民", &["09", "20"]),
    theme("四点半课堂", &["08", "21"]),
    theme("健康义诊", &["01", "19"]),
    theme("爱心配送", &["03", "10"]),
    theme("乡村文艺", &["17", "21"]),
    theme("文明劝导", &["07", "13"]),
];

/// One synthetic team.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoTeam {
    /// The stable name of the team in the demo, such as `team-0001`.
    pub key: String,
    /// The key of the institute, the station or (for professional teams) the sub-center above.
    pub parent: String,
    /// A Chinese name that ends in （演示）; unique among the first 3,700 teams.
    pub name: String,
    /// Degrees north in WGS-84.
    pub latitude: f64,
    /// Degrees east in WGS-84.
    pub longitude: f64,
    /// The national two-digit codes of its skills (特长).
    pub skills: Vec<&'static str>,
    /// When it serves, in the national 24 half-day slots: bit `n - 1` stands for slot `n`.
    pub slots: u32,
    /// How far it goes, in meters.
    pub radius_meters: f64,
    /// Whether it is one of the seven professional teams under the sub-centers.
    pub professional: bool,
}

/// The first `count` teams of the county, usually [`TEAM_COUNT`].
///
/// First come the seven professional teams under the sub-centers; then institutes and stations get
/// one team each, in turn, until the count is reached. Neighbors get different themes, so that
/// everybody has every common skill nearby.
#[must_use]
pub fn teams(county: &County, count: usize) -> Vec<DemoTeam> {
    let parents: Vec<_> = county.of_kind(INSTITUTE).chain(county.of_kind(STATION)).collect();
    let local = (0..count).flat_map(|round| {
        let themes = TEAM_THEMES.iter().cycle().skip(first_theme(round));
        parents.iter().copied().zip(themes)
    });
    let professional = PROFESSIONAL_TEAMS.iter().filter_map(|(department, theme)| {
        let key = county.sub_center_key(department);
        Some((county.find(&key)?, theme))
    });
    (1..)
        .zip(professional.chain(local).take(count))
        .map(|(number, (parent, theme))| team(number, parent, *theme))
        .collect()
}

impl DemoTeam {
    pub(super) fn place(&self) -> Point {
        Point { latitude: self.latitude, longitude: self.longitude }
    }
}

/// The theme with which a round of teams begins. It moves on so that whoever has few neighbors gets
/// distant themes first, and every theme once in eight rounds.
fn first_theme(round: usize) -> usize {
    (round % 2) * 4 + round / 2 % 4
}

fn team(number: u32, parent: &DemoOrganization, theme: Theme) -> DemoTeam {
    let key = format!("team-{number:04}");
    let professional = parent.kind != INSTITUTE && parent.kind != STATION;
    let place = Chance::of(&key).near(parent.place(), TEAM_DISTANCE_METERS);
    // Every third team also serves in the evening, on weekends and on holidays. Three and the
    // number of themes have no common factor, so that these teams have all themes.
    let always = professional || number.is_multiple_of(3);
    DemoTeam {
        key,
        parent: parent.key.clone(),
        name: format!("{}{}志愿服务队（演示）", parent.place_name, theme.name),
        latitude: place.latitude,
        longitude: place.longitude,
        skills: theme.skills.to_vec(),
        slots: if always { ALL_SLOTS } else { WEEKDAYS_BY_DAY },
        radius_meters: match parent.kind {
            STATION => VILLAGE_RADIUS_METERS,
            INSTITUTE => TOWN_RADIUS_METERS,
            _ => PROFESSIONAL_RADIUS_METERS,
        },
        professional,
    }
}
