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

mod catalog;
mod chance;
mod organizations;
mod teams;
mod volunteers;

pub use catalog::{DemoCatalogColumn, DemoCatalogItem, catalog};
pub use organizations::{County, DemoOrganization, county};
pub use teams::{DemoTeam, TEAM_COUNT, teams};
pub use volunteers::{DemoVolunteer, VOLUNTEER_COUNT, volunteers};

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test may stop at the first surprise")]
mod tests;
