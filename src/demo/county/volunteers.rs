//! The volunteers: streamed, near the stations that their teams serve.

use std::collections::BTreeSet;

use super::chance::Chance;
use super::organizations::{County, DemoOrganization, STATION};
use super::teams::{DemoTeam, WEEKDAYS_BY_DAY};
use crate::platform::calendar::ALL_SLOTS;
use crate::platform::geography::Point;

/// How far from a village's station a volunteer lives, in meters.
const HOME_DISTANCE_METERS: f64 = 1_000.0;

/// How many volunteers the county has registered (Pingyang, 2022).
pub const VOLUNTEER_COUNT: usize = 235_000;

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
pub(super) const PERSONAL_SKILLS: [&str; 23] = [
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16",
    "17", "18", "19", "20", "21", "22", "23",
];

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

impl County {
    /// Where the stations are that a team serves: its own, those of its town, or for a professional
    /// team all of the county.
    fn villages_of(&self, team: &DemoTeam) -> Vec<Point> {
        let served = |it: &&DemoOrganization| {
            team.professional || it.key == team.parent || it.parent.as_ref() == Some(&team.parent)
        };
        self.of_kind(STATION).filter(served).map(DemoOrganization::place).collect()
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
