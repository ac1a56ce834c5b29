//! The tree: a center, sub-centers of the departments, institutes in the towns, stations in the
//! villages.

use serde::Deserialize;

use super::chance::{Chance, moved};
use crate::platform::geography::Point;

/// The divisions of the county, as the National Bureau of Statistics publishes them.
const DIVISIONS: &str = include_str!("../pingyang.csv");

/// The county center (see `SOURCES.md`).
pub(super) const CENTER: Point = Point { latitude: 27.661_918, longitude: 120.565_793 };

/// How far from the county center the towns lie, in meters.
const TOWN_DISTANCE_METERS: f64 = 20_000.0;
/// How far from their town the villages lie, in meters.
const VILLAGE_DISTANCE_METERS: f64 = 4_000.0;
/// How far from the county center the sub-centers lie, in meters.
const SUB_CENTER_DISTANCE_METERS: f64 = 1_500.0;
/// The part of a full turn by which each point is turned against the one before, so that all of
/// them spread evenly over a disk, like the seeds of a sunflower.
const GOLDEN_TURN: f64 = 0.381_966_011_250_105;

/// The departments with a sub-center: suffix of the key, Chinese short name, skills.
const DEPARTMENTS: [(&str, &str, &[&str]); 6] = [
    ("health", "卫健", &["01", "18", "19"]),
    ("culture", "文旅", &["16", "17", "21"]),
    ("law", "司法", &["04"]),
    ("science", "科普", &["05", "08", "22"]),
    ("emergency", "应急", &["01", "03", "10"]),
    ("civil-affairs", "民政", &["14", "19"]),
];

/// The kinds of organizations that have teams of volunteers of the place.
pub(super) const INSTITUTE: &str = "institute";
pub(super) const STATION: &str = "station";

/// The demo county: its organizations, parents before children.
#[derive(Clone, Debug, PartialEq)]
pub struct County {
    /// The county's division code, which is also the key of its center.
    pub code: String,
    /// The county's Chinese name.
    pub name: String,
    /// 1 center, its 6 sub-centers, 17 institutes and 454 stations.
    pub organizations: Vec<DemoOrganization>,
}

/// One node of the county's tree of organizations.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoOrganization {
    /// The stable name of the node in the demo: its division code, with a suffix for sub-centers.
    pub key: String,
    /// The key of the node above; none for the center.
    pub parent: Option<String>,
    /// `center`, `sub_center`, `institute` or `station`.
    pub kind: &'static str,
    /// The full Chinese name, such as 昆阳镇新时代文明实践所.
    pub name: String,
    /// The short Chinese name of the place it serves, such as 昆阳镇.
    pub place_name: String,
    /// The statistical division code: 6 digits for the county, 9 for a town, 12 for a village.
    pub division_code: String,
    /// Degrees north in WGS-84; synthetic except for the center.
    pub latitude: f64,
    /// Degrees east in WGS-84; synthetic except for the center.
    pub longitude: f64,
    /// The national two-digit codes of the skills (特长) that a sub-center answers for; empty for
    /// the others, whose teams have the skills.
    pub skills: Vec<&'static str>,
}

/// A line of the embedded list of divisions.
#[derive(Deserialize)]
struct Division {
    code: String,
    name: String,
    level: Level,
    parent: String,
}

/// The level of a division.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    County,
    Town,
    Village,
}

/// The county with all its organizations.
///
/// # Errors
///
/// When the embedded list of divisions is damaged, which the tests rule out.
pub fn county() -> Result<County, csv::Error> {
    let divisions = csv::Reader::from_reader(DIVISIONS.as_bytes())
        .deserialize()
        .collect::<Result<Vec<Division>, csv::Error>>()?;
    let mut county = County {
        code: String::new(),
        name: String::new(),
        organizations: Vec::with_capacity(divisions.len() + DEPARTMENTS.len()),
    };
    let mut town_places = sunflower(&divisions).into_iter();
    for division in divisions {
        match division.level {
            Level::County => county.found(division),
            Level::Town => county.add_institute(division, town_places.next().unwrap_or(CENTER)),
            Level::Village => county.add_station(division),
        }
    }
    Ok(county)
}

impl County {
    /// Founds the center, and the sub-centers of the departments beside it.
    fn found(&mut self, division: Division) {
        let center = DemoOrganization {
            key: division.code.clone(),
            parent: None,
            kind: "center",
            name: format!("{}新时代文明实践中心", division.name),
            place_name: division.name.clone(),
            division_code: division.code.clone(),
            latitude: CENTER.latitude,
            longitude: CENTER.longitude,
            skills: Vec::new(),
        };
        self.code = division.code;
        self.name = division.name;
        let sub_centers = DEPARTMENTS.map(|(department, short_name, skills)| {
            let key = self.sub_center_key(department);
            let place = Chance::of(&key).near(CENTER, SUB_CENTER_DISTANCE_METERS);
            DemoOrganization {
                key,
                parent: Some(center.key.clone()),
                kind: "sub_center",
                name: format!("{}新时代文明实践{short_name}分中心", self.name),
                latitude: place.latitude,
                longitude: place.longitude,
                skills: skills.to_vec(),
                ..center.clone()
            }
        });
        self.organizations.push(center);
        self.organizations.extend(sub_centers);
    }

    fn add_institute(&mut self, division: Division, place: Point) {
        self.organizations.push(DemoOrganization {
            key: division.code.clone(),
            parent: Some(division.parent),
            kind: INSTITUTE,
            name: format!("{}新时代文明实践所", division.name),
            place_name: division.name,
            division_code: division.code,
            latitude: place.latitude,
            longitude: place.longitude,
            skills: Vec::new(),
        });
    }

    fn add_station(&mut self, division: Division) {
        let town = self.find(&division.parent).map_or(CENTER, DemoOrganization::place);
        let place = Chance::of(&division.code).near(town, VILLAGE_DISTANCE_METERS);
        // The list names the committee (沙岗村委会), the station serves the village (沙岗村).
        let village = division.name.strip_suffix("委会").unwrap_or(&division.name);
        self.organizations.push(DemoOrganization {
            key: division.code.clone(),
            parent: Some(division.parent),
            kind: STATION,
            name: format!("{village}新时代文明实践站"),
            place_name: village.to_owned(),
            division_code: division.code,
            latitude: place.latitude,
            longitude: place.longitude,
            skills: Vec::new(),
        });
    }

    pub(super) fn sub_center_key(&self, department: &str) -> String {
        format!("{}-{department}", self.code)
    }

    pub(super) fn find(&self, key: &str) -> Option<&DemoOrganization> {
        self.organizations.iter().find(|it| it.key == key)
    }

    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &DemoOrganization> {
        self.organizations.iter().filter(move |it| it.kind == kind)
    }
}

impl DemoOrganization {
    pub(super) fn place(&self) -> Point {
        Point { latitude: self.latitude, longitude: self.longitude }
    }
}

/// The places of the towns, evenly spread around the county center, the county seat innermost.
fn sunflower(divisions: &[Division]) -> Vec<Point> {
    let towns = divisions.iter().filter(|it| it.level == Level::Town);
    let numbers: Vec<f64> = (0_u32..).zip(towns).map(|(number, _)| f64::from(number)).collect();
    let count = numbers.last().map_or(1.0, |last| last + 1.0);
    numbers
        .into_iter()
        .map(|number| {
            let distance = TOWN_DISTANCE_METERS * ((number + 0.5) / count).sqrt();
            moved(CENTER, distance, number * GOLDEN_TURN)
        })
        .collect()
}
