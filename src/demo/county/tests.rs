//! The county has the size and the shape that it promises, and is always the same.

use std::collections::BTreeSet;

use super::catalog::{EVERYDAY_HELP, LEARNING_AND_COUNSEL};
use super::organizations::{CENTER, STATION};
use super::teams::WEEKDAYS_BY_DAY;
use super::volunteers::PERSONAL_SKILLS;
use super::*;
use crate::platform::calendar::ALL_SLOTS;
use crate::platform::geography::Point;

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
    for (kind, count) in [("center", 1), ("sub_center", 6), ("institute", 17), ("station", 454)] {
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
