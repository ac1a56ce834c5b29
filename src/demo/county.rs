//! The demo county: a whole volunteer service, made up around a real list of divisions.
//!
//! Nobody believes a demonstration with three teams. This one has the size and the shape of
//! Pingyang's service ("3+1": a center, institutes in the towns, stations in the villages, and
//! sub-centers of the departments), 1,010 teams and as many volunteers as asked for. The divisions
//! are real and embedded (`pingyang.csv`, see `SOURCES.md`); places, teams and people are synthetic
//! and say so in their names.
//!
//! Everything is a pure function of its arguments: the same call gives the same county on every
//! machine, and a larger count only appends. Volunteers are streamed, so that 235,000 of them
//! cost no memory. What is generated here knows nothing of a database.

use std::collections::BTreeSet;
use std::f64::consts::TAU;

use serde::Deserialize;

use crate::platform::calendar::ALL_SLOTS;
use crate::platform::geography::Point;

/// The divisions of the county, as the National Bureau of Statistics publishes them.
const DIVISIONS: &str = include_str!("pingyang.csv");

/// The county center (see `SOURCES.md`).
const CENTER: Point = Point { latitude: 27.661_918, longitude: 120.565_793 };

/// How far from the county center the towns lie, in meters.
const TOWN_DISTANCE_METERS: f64 = 20_000.0;
/// How far from their town the villages lie, in meters.
const VILLAGE_DISTANCE_METERS: f64 = 4_000.0;
/// How far from the county center the sub-centers lie, in meters.
const SUB_CENTER_DISTANCE_METERS: f64 = 1_500.0;
/// How far from its institute or station a team meets, in meters.
const TEAM_DISTANCE_METERS: f64 = 500.0;
/// How far from a village's station a volunteer lives, in meters.
const HOME_DISTANCE_METERS: f64 = 1_000.0;

/// How far a professional team goes, in meters: through the whole county.
const PROFESSIONAL_RADIUS_METERS: f64 = 30_000.0;
/// How far a town's team goes, in meters.
const TOWN_RADIUS_METERS: f64 = 12_000.0;
/// How far a village's team goes, in meters.
const VILLAGE_RADIUS_METERS: f64 = 6_000.0;

/// One degree of latitude in meters.
const DEGREE_METERS: f64 = 111_195.0;

/// The part of a full turn by which each point is turned against the one before, so that all of
/// them spread evenly over a disk, like the seeds of a sunflower.
const GOLDEN_TURN: f64 = 0.381_966_011_250_105;

/// How many teams the county has (Pingyang, 2022).
pub const TEAM_COUNT: usize = 1_010;

/// How many volunteers the county has registered (Pingyang, 2022).
pub const VOLUNTEER_COUNT: usize = 235_000;

/// The slots 1, 2, 4, 5 … 13, 14: mornings and afternoons from Monday to Friday.
const WEEKDAYS_BY_DAY: u32 = 0b011_011_011_011_011;
/// The slots 3, 6 … 15: evenings from Monday to Friday.
const WEEKDAYS_IN_THE_EVENING: u32 = 0b100_100_100_100_100;
/// The slots 16 to 21: the whole weekend.
const WEEKEND: u32 = 0b111_111 << 15;
/// The slots 22 to 24: holidays.
const HOLIDAYS: u32 = 0b111 << 21;

/// When volunteers commonly have time.
const VOLUNTEER_SLOTS: [u32; 5] = [
    WEEKDAYS_BY_DAY,
    WEEKDAYS_IN_THE_EVENING | WEEKEND,
    WEEKEND | HOLIDAYS,
    WEEKDAYS_BY_DAY | WEEKDAYS_IN_THE_EVENING,
    ALL_SLOTS,
];

/// How far volunteers commonly go, in meters.
const VOLUNTEER_RADII_METERS: [f64; 4] = [1_000.0, 2_000.0, 3_000.0, 5_000.0];

/// The skills that a volunteer may have beside those of the team; the national codes (特长).
const PERSONAL_SKILLS: [&str; 23] = [
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16",
    "17", "18", "19", "20", "21", "22", "23",
];

/// The departments with a sub-center: suffix of the key, Chinese short name, skills.
const DEPARTMENTS: [(&str, &str, &[&str]); 6] = [
    ("health", "卫健", &["01", "18", "19"]),
    ("culture", "文旅", &["16", "17", "21"]),
    ("law", "司法", &["04"]),
    ("science", "科普", &["05", "08", "22"]),
    ("emergency", "应急", &["01", "03", "10"]),
    ("civil-affairs", "民政", &["14", "19"]),
];

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

/// The columns of the menu.
const EVERYDAY_HELP: DemoCatalogColumn =
    DemoCatalogColumn { code: "everyday_help", name_zh: "便民帮扶", name_en: "Everyday help" };
const LEARNING_AND_COUNSEL: DemoCatalogColumn = DemoCatalogColumn {
    code: "learning_and_counsel",
    name_zh: "文明惠民",
    name_en: "Learning, community and counsel",
};

/// The kinds of organizations that have teams of volunteers of the place.
const INSTITUTE: &str = "institute";
const STATION: &str = "station";

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

/// One synthetic volunteer.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoVolunteer {
    /// 1, 2, 3 …
    pub number: u32,
    /// A name that nobody bears, such as 演示志愿者000123.
    pub name: String,
    /// Eleven digits in a range that is not in use, unique up to 10 million volunteers.
    pub phone: String,
    /// Degrees north of the home in WGS-84.
    pub latitude: f64,
    /// Degrees east of the home in WGS-84.
    pub longitude: f64,
    /// How far the volunteer goes, in meters.
    pub radius_meters: f64,
    /// The national two-digit codes of the volunteer's skills (特长), ascending.
    pub skills: Vec<&'static str>,
    /// When the volunteer has time, in the national 24 half-day slots: bit `n - 1` stands for slot
    /// `n`.
    pub slots: u32,
    /// The index of the team in the list that was given.
    pub team: usize,
    /// Whether the volunteer leads the team: the first of each team does.
    pub leader: bool,
}

/// One column of the service menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoCatalogColumn {
    /// English code in lower snake case.
    pub code: &'static str,
    /// Chinese name.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
}

/// One item of the service menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoCatalogItem {
    /// English code in lower snake case.
    pub code: &'static str,
    /// The column in which it stands.
    pub column: DemoCatalogColumn,
    /// Chinese name.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// The national four-digit code of the service category (服务类别).
    pub category: &'static str,
    /// The national two-digit code of the skill (特长) that a team needs, if it needs one.
    pub skill: Option<&'static str>,
    /// Whether the system may accept and dispatch it by itself; a specialist's work goes to the
    /// center's administrator instead.
    pub automatic: bool,
    /// What may go wrong and must be said beforehand (志愿服务条例, articles 12 and 13), in Chinese.
    pub risk_zh: Option<&'static str>,
    /// The same in English.
    pub risk_en: Option<&'static str>,
    /// The clock by which it runs instead of the area's own: `appointment` (at a time that both
    /// sides agree on) or `specialist` (some working days).
    pub clock: Option<&'static str>,
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

/// The first `count` volunteers of the given teams, usually [`VOLUNTEER_COUNT`], one after the
/// other; none if there are no teams.
///
/// The teams take turns, so that they are equally large and the first volunteers are their leaders.
/// A volunteer lives near a station that the team serves. The seed decides everything that is left
/// to chance; a volunteer is the same whatever the count.
pub fn volunteers(
    county: &County,
    teams: &[DemoTeam],
    count: usize,
    seed: u64,
) -> impl Iterator<Item = DemoVolunteer> {
    let villages: Vec<Vec<Point>> = teams.iter().map(|team| county.villages_of(team)).collect();
    let team_count = teams.len();
    let turns = teams.iter().enumerate().cycle().take(count);
    (1..=u32::MAX).zip(turns.enumerate()).map(move |(number, (turn, (index, team)))| {
        let mut chance = Chance::new(seed, u64::from(number));
        let village = villages.get(index).and_then(|places| chance.pick(places));
        let home = chance.near(village.unwrap_or(team.place()), HOME_DISTANCE_METERS);
        let leader = turn < team_count;
        DemoVolunteer {
            number,
            name: format!("演示志愿者{number:06}"),
            phone: format!("1690{number:07}"),
            latitude: home.latitude,
            longitude: home.longitude,
            radius_meters: chance.pick(&VOLUNTEER_RADII_METERS).unwrap_or_default(),
            skills: volunteer_skills(team, leader, &mut chance),
            slots: volunteer_slots(team, leader, &mut chance),
            team: index,
            leader,
        }
    })
}

/// The service menu of the demo: two columns with ten items each.
///
/// The items follow what the five places publish. Of its own menu Pingyang publishes only that it has
/// two columns and twenty items; the columns' names are made up.
#[must_use]
pub fn catalog() -> Vec<DemoCatalogItem> {
    let help = everyday_help().map(|it| it.in_column(EVERYDAY_HELP));
    let counsel = learning_and_counsel().map(|it| it.in_column(LEARNING_AND_COUNSEL));
    help.into_iter().chain(counsel).collect()
}

fn everyday_help() -> [DemoCatalogItem; 10] {
    [
        item("elder_care", "为老服务", "Help for older people", "0017").skill("19").risk(
            "服务可能涉及搀扶和上下楼，请事先说明老人的健康状况。",
            "Volunteers may support a person on stairs: describe the person's health.",
        ),
        item(
            "left_behind_support",
            "“三留”对象帮扶",
            "Support for those left behind in villages",
            "0017",
        ),
        item("disability_support", "扶弱助残", "Help for people with disabilities", "0017")
            .skill("19")
            .risk(
                "服务可能涉及搬扶和辅助器具，请事先说明需要注意的事项。",
                "Volunteers may lift a person or use aids: say beforehand what needs care.",
            ),
        item("proxy_errand", "代办服务", "Errands: offices, bills, parcels", "0001"),
        item("purchase_delivery", "采购配送", "Shopping and delivery", "0001").skill("03"),
        item("infant_meal", "宝宝餐", "Meals for infants", "0017").risk(
            "请事先说明婴幼儿的过敏和忌口情况。",
            "Say beforehand which foods the child must not have.",
        ),
        item("maternity_meal", "孕妇餐", "Meals for expectant mothers", "0017")
            .risk("请事先说明过敏和忌口情况。", "Say beforehand which foods must be avoided."),
        item("haircut", "免费理发", "Free haircut", "0001").skill("20").clock("appointment"),
        item("knife_sharpening", "磨剪刀", "Sharpening knives and scissors", "0001")
            .skill("20")
            .clock("appointment")
            .risk("刀具锋利，请妥善包裹后交接。", "Blades are sharp: hand them over wrapped."),
        item("exam_transport", "爱心送考", "Rides to examinations", "0011")
            .skill("03")
            .clock("appointment")
            .risk(
                "涉及道路交通，请预留充足时间并系好安全带。",
                "A ride in traffic: allow enough time and fasten the seat belt.",
            ),
    ]
}

fn learning_and_counsel() -> [DemoCatalogItem; 10] {
    [
        item("after_school_class", "四点半课堂", "After-school class", "0003")
            .skill("08")
            .clock("appointment")
            .risk(
                "未成年人须由监护人接送。",
                "Minors must be brought and collected by a guardian.",
            ),
        item("family_education", "家庭教育咨询", "Advice on family education", "0003").skill("08"),
        item("health_knowledge", "健康知识与义诊", "Health advice and checks", "0004")
            .skill("01")
            .risk(
                "义诊不能代替医院诊治，急症请拨打120。",
                "No substitute for a hospital: in an emergency call 120.",
            ),
        item("policy_advice", "政策咨询", "Advice on policies", "0001").skill("13"),
        item("waste_sorting_exchange", "垃圾分类礼品兑换", "Gifts for sorted waste", "0006")
            .clock("appointment"),
        item("street_cleaning", "清理垃圾", "Clearing away litter", "0006").risk(
            "请说明现场是否有尖锐物、有害垃圾或临近道路。",
            "Say whether there are sharp or harmful things, or traffic nearby.",
        ),
        item("civility_guidance", "文明劝导", "Guidance on public manners", "0010"),
        item("mediation", "矛盾调解", "Mediation of disputes", "0009")
            .skill("04")
            .by_specialists()
            .risk("如有人身安全危险请立即拨打110。", "If anybody is in danger, call 110 at once."),
        item("legal_advice", "法律咨询", "Legal advice", "0005").skill("04").by_specialists(),
        item("psychological_counseling", "心理疏导咨询", "Psychological counseling", "0004")
            .skill("18")
            .by_specialists()
            .risk(
                "志愿疏导不能代替医疗；如有自伤危险请立即拨打120。",
                "No substitute for treatment: in danger of self-harm call 120 at once.",
            ),
    ]
}

/// An item that everybody can serve and the system may dispatch; what differs is said by the
/// methods below.
fn item(
    code: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
    category: &'static str,
) -> DemoCatalogItem {
    DemoCatalogItem {
        code,
        column: EVERYDAY_HELP,
        name_zh,
        name_en,
        category,
        skill: None,
        automatic: true,
        risk_zh: None,
        risk_en: None,
        clock: None,
    }
}

impl DemoCatalogItem {
    fn in_column(self, column: DemoCatalogColumn) -> Self {
        Self { column, ..self }
    }

    fn skill(self, code: &'static str) -> Self {
        let skill = Some(code);
        Self { skill, ..self }
    }

    fn clock(self, name: &'static str) -> Self {
        let clock = Some(name);
        Self { clock, ..self }
    }

    fn by_specialists(self) -> Self {
        let automatic = false;
        Self { automatic, ..self }.clock("specialist")
    }

    fn risk(self, chinese: &'static str, english: &'static str) -> Self {
        let (risk_zh, risk_en) = (Some(chinese), Some(english));
        Self { risk_zh, risk_en, ..self }
    }
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

    fn sub_center_key(&self, department: &str) -> String {
        format!("{}-{department}", self.code)
    }

    fn find(&self, key: &str) -> Option<&DemoOrganization> {
        self.organizations.iter().find(|it| it.key == key)
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &DemoOrganization> {
        self.organizations.iter().filter(move |it| it.kind == kind)
    }

    /// Where the stations are that a team serves: its own, those of its town, or for a professional
    /// team all of the county.
    fn villages_of(&self, team: &DemoTeam) -> Vec<Point> {
        let served = |it: &&DemoOrganization| {
            team.professional || it.key == team.parent || it.parent.as_ref() == Some(&team.parent)
        };
        self.of_kind(STATION).filter(served).map(DemoOrganization::place).collect()
    }
}

impl DemoOrganization {
    fn place(&self) -> Point {
        Point { latitude: self.latitude, longitude: self.longitude }
    }
}

impl DemoTeam {
    fn place(&self) -> Point {
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

/// A leader has all skills of the team; the others have one of them, and often one of their own.
fn volunteer_skills(team: &DemoTeam, leader: bool, chance: &mut Chance) -> Vec<&'static str> {
    if leader {
        return team.skills.clone();
    }
    let mut skills = BTreeSet::new();
    skills.extend(chance.pick(&team.skills));
    if chance.share() < 0.5 {
        skills.extend(chance.pick(&PERSONAL_SKILLS));
    }
    skills.into_iter().collect()
}

/// A leader has time whenever the team serves, so that somebody can answer for it; the others have
/// time of their own.
fn volunteer_slots(team: &DemoTeam, leader: bool, chance: &mut Chance) -> u32 {
    if leader {
        return team.slots;
    }
    chance.pick(&VOLUNTEER_SLOTS).unwrap_or(ALL_SLOTS)
}

/// The point some meters away, in a direction given as a part of a full turn; flat, which is near
/// enough within a county.
fn moved(from: Point, meters: f64, turn: f64) -> Point {
    let (east, north) = (turn * TAU).sin_cos();
    let degrees = meters / DEGREE_METERS;
    Point {
        latitude: from.latitude + degrees * north,
        longitude: from.longitude + degrees * east / from.latitude.to_radians().cos(),
    }
}

/// A small generator of repeatable chance: `SplitMix64` (Steele, Lea and Flood, 2014). Good enough
/// to scatter a demo, and for nothing else.
struct Chance(u64);

impl Chance {
    /// The chance of one item among many that share a seed.
    fn new(seed: u64, item: u64) -> Self {
        Self(scrambled(seed ^ scrambled(item)))
    }

    /// The chance of a thing with a name (hashed with FNV-1a).
    fn of(name: &str) -> Self {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self::new(0, hash)
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scrambled(self.0)
    }

    /// A number from 0 (included) to 1 (excluded).
    fn share(&mut self) -> f64 {
        let high_half = u32::try_from(self.number() >> 32).unwrap_or_default();
        f64::from(high_half) / (f64::from(u32::MAX) + 1.0)
    }

    /// One of the choices; none if there are none.
    fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let index = self.number().checked_rem(u64::try_from(choices.len()).ok()?)?;
        choices.get(usize::try_from(index).ok()?).copied()
    }

    /// A point within some meters of another, all places being equally likely.
    fn near(&mut self, center: Point, meters: f64) -> Point {
        let distance = meters * self.share().sqrt();
        moved(center, distance, self.share())
    }
}

/// Spreads each bit of a number over all bits of the result.
fn scrambled(number: u64) -> u64 {
    let once = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let twice = (once ^ (once >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    twice ^ (twice >> 31)
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn demo() -> County {
        county().expect("the embedded list of divisions")
    }

    fn assert_at_home(place: Point) {
        assert!(place.in_china(), "{place:?}");
        assert!(place.distance_meters(&CENTER) < 60_000.0, "{place:?}");
    }

    fn unique<T: Ord>(values: impl IntoIterator<Item = T>) -> usize {
        values.into_iter().collect::<BTreeSet<_>>().len()
    }

    #[test]
    fn the_tree_is_that_of_pingyang() {
        let county = demo();
        assert_eq!((county.code.as_str(), county.name.as_str()), ("330326", "平阳县"));
        for (kind, count) in [("center", 1), ("sub_center", 6), ("institute", 17), ("station", 454)]
        {
            assert_eq!(county.of_kind(kind).count(), count, "{kind}");
        }
        assert_eq!(county.organizations.len(), 478);
        assert_eq!(unique(county.organizations.iter().map(|it| &it.key)), 478);
        assert_eq!(unique(county.organizations.iter().map(|it| &it.name)), 478);
        let name = |key: &str| county.find(key).map(|it| it.name.as_str());
        assert_eq!(name("330326"), Some("平阳县新时代文明实践中心"));
        assert_eq!(name("330326-health"), Some("平阳县新时代文明实践卫健分中心"));
        assert_eq!(name("330326100"), Some("昆阳镇新时代文明实践所"));
        assert_eq!(name("330326100204"), Some("沙岗村新时代文明实践站"));
    }

    #[test]
    fn parents_come_before_children_and_everything_is_in_the_county() {
        let county = demo();
        let mut known = BTreeSet::new();
        for organization in &county.organizations {
            let rooted = organization.kind == "center" && organization.parent.is_none();
            assert!(rooted || organization.parent.as_ref().is_some_and(|it| known.contains(it)));
            known.insert(organization.key.clone());
            assert_at_home(organization.place());
        }
    }

    #[test]
    fn teams_have_parents_names_skills_and_a_place() {
        let county = demo();
        let teams = teams(&county, TEAM_COUNT);
        assert_eq!(teams.len(), 1_010);
        assert_eq!(unique(teams.iter().map(|it| &it.key)), 1_010);
        assert_eq!(unique(teams.iter().map(|it| &it.name)), 1_010);
        assert_eq!(teams.iter().filter(|it| it.professional).count(), 7);
        for team in &teams {
            let parent = county.find(&team.parent).expect("the parent of a team");
            assert_eq!(team.professional, parent.kind == "sub_center");
            assert!(team.skills.is_sorted() && !team.skills.is_empty());
            assert!(team.slots & !ALL_SLOTS == 0 && team.slots & WEEKDAYS_BY_DAY != 0);
            assert!(team.name.ends_with("（演示）"));
            assert_at_home(team.place());
        }
        let always = teams.iter().filter(|it| it.slots == ALL_SLOTS).count();
        assert!((200..500).contains(&always), "{always}");
    }

    #[test]
    fn more_teams_only_append() {
        let county = demo();
        let all = teams(&county, 3_700);
        assert_eq!(unique(all.iter().map(|it| &it.name)), 3_700);
        for count in [0, 5, 24, TEAM_COUNT] {
            assert_eq!(Some(teams(&county, count).as_slice()), all.get(..count));
        }
    }

    #[test]
    fn every_station_is_in_reach_of_every_skill_of_the_menu() {
        let county = demo();
        let teams = teams(&county, TEAM_COUNT);
        let reaches = |team: &DemoTeam, station: &DemoOrganization| {
            team.place().distance_meters(&station.place()) <= team.radius_meters
        };
        for item in catalog() {
            for station in county.of_kind(STATION) {
                let served = teams.iter().any(|team| {
                    item.automatic != team.professional
                        && item.skill.is_none_or(|skill| team.skills.contains(&skill))
                        && reaches(team, station)
                });
                assert!(served, "{} at {}", item.code, station.name);
            }
        }
    }

    #[test]
    fn volunteers_are_unique_and_live_in_the_county() {
        let county = demo();
        let teams = teams(&county, TEAM_COUNT);
        let people: Vec<_> = volunteers(&county, &teams, 20_000, 7).collect();
        assert_eq!(people.len(), 20_000);
        assert_eq!(unique(people.iter().map(|it| &it.phone)), 20_000);
        assert_eq!(unique(people.iter().map(|it| &it.name)), 20_000);
        let leaders = people.iter().filter(|it| it.leader).map(|it| it.team);
        assert!(leaders.eq(0..TEAM_COUNT));
        for person in &people {
            assert!(person.phone.len() == 11 && person.phone.starts_with("1690"));
            assert!(person.skills.is_sorted() && !person.skills.is_empty());
            assert!(person.slots != 0 && person.slots & !ALL_SLOTS == 0);
            assert!(person.radius_meters >= 1_000.0);
            assert!(teams.get(person.team).is_some());
            assert_at_home(Point { latitude: person.latitude, longitude: person.longitude });
        }
    }

    #[test]
    fn the_millionth_volunteer_still_has_a_telephone_number() {
        let county = demo();
        let teams = teams(&county, 10);
        let last = volunteers(&county, &teams, 1_000_000, 7).last().expect("a volunteer");
        assert_eq!(last.name, "演示志愿者1000000");
        assert_eq!(last.phone, "16901000000");
        assert!(!last.leader);
    }

    #[test]
    fn the_same_arguments_give_the_same_county() {
        let county = demo();
        assert_eq!(county, demo());
        let teams = teams(&county, 100);
        let some: Vec<_> = volunteers(&county, &teams, 300, 7).collect();
        let more: Vec<_> = volunteers(&county, &teams, 500, 7).take(300).collect();
        let others: Vec<_> = volunteers(&county, &teams, 300, 8).collect();
        assert_eq!(some, more);
        assert_ne!(some, others);
        assert_eq!(volunteers(&county, &[], 300, 7).count(), 0);
    }

    #[test]
    fn the_menu_has_two_columns_of_ten() {
        let items = catalog();
        assert_eq!(items.len(), 20);
        assert_eq!(unique(items.iter().map(|it| it.code)), 20);
        for column in [EVERYDAY_HELP, LEARNING_AND_COUNSEL] {
            assert_eq!(items.iter().filter(|it| it.column == column).count(), 10);
        }
        let manual = items.iter().filter(|it| !it.automatic).map(|it| it.code);
        assert!(manual.eq(["mediation", "legal_advice", "psychological_counseling"]));
        for item in &items {
            assert!(item.category.len() == 4);
            assert!(item.skill.is_none_or(|skill| PERSONAL_SKILLS.contains(&skill)));
            assert_eq!(item.risk_zh.is_some(), item.risk_en.is_some());
        }
    }
}
