//! Reading a tree from CSV, row by row: what can be taken is taken, and every
//! row says what became of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::contract::{ImportResult, ImportRow};
use super::domain::{Kind, MAXIMUM_DEPTH, Organization, SkillSet, SlotSet, Status};
use crate::ids::OrganizationId;
use crate::platform::geography::Point;
use crate::platform::values::Title;
use crate::problem::FieldCode;

#[derive(Deserialize)]
struct CsvRow {
    code: String,
    name: String,
    kind: Kind,
    #[serde(default)]
    parent: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

/// What is already there: the organization of a division code, and its depth.
pub type Known = HashMap<String, (OrganizationId, usize)>;

/// Reads the rows; gives the organizations to create and the result per row.
pub fn read(
    csv: &str,
    root: (OrganizationId, usize),
    mut known: Known,
    now: DateTime<Utc>,
    mut new_id: impl FnMut() -> OrganizationId,
) -> (Vec<Organization>, ImportResult) {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(false)
        .from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let mut nodes = Vec::new();
    let mut rows = Vec::new();
    for (row, line) in reader.deserialize::<CsvRow>().zip(2_u32..) {
        let read = row
            .map_err(|_| ("", FieldCode::WrongType))
            .and_then(|row| node_of(&row, root, &known, now, &mut new_id));
        rows.push(match read {
            Ok((node, depth)) => {
                let id = node.organization_id;
                known.insert(node.division_code.clone().unwrap_or_default(), (id, depth));
                nodes.push(node);
                ImportRow { line, organization_id: Some(id), error: None, column: None }
            }
            Err((column, code)) => ImportRow {
                line,
                organization_id: None,
                error: Some(code),
                column: Some(column.to_owned()),
            },
        });
    }
    let created = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
    let refused = u32::try_from(rows.len() - nodes.len()).unwrap_or(u32::MAX);
    (nodes, ImportResult { created, refused, rows })
}

fn node_of(
    row: &CsvRow,
    root: (OrganizationId, usize),
    known: &Known,
    now: DateTime<Utc>,
    new_id: &mut impl FnMut() -> OrganizationId,
) -> Result<(Organization, usize), (&'static str, FieldCode)> {
    let digits = row.code.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !(2..=12).contains(&row.code.len()) {
        return Err(("code", FieldCode::WrongType));
    }
    if known.contains_key(&row.code) {
        return Err(("code", FieldCode::Duplicate));
    }
    let name = Title::parse(&row.name).map_err(|(code, _)| ("name", code))?;
    let (parent, depth) = if row.parent.is_empty() {
        root
    } else {
        *known.get(&row.parent).ok_or(("parent", FieldCode::NoSuchThing))?
    };
    if row.kind.holds_demands() && depth >= MAXIMUM_DEPTH {
        return Err(("parent", FieldCode::OutOfRange));
    }
    let place = place_of(row)?;
    let node = Organization {
        organization_id: new_id(),
        parent_id: Some(parent),
        kind: row.kind,
        name: name.into_string(),
        status: Status::Active,
        division_code: Some(row.code.clone()),
        address: None,
        phone: None,
        place,
        place_synthetic: false,
        radius_meters: None,
        skills: SkillSet::default(),
        slots: SlotSet::default(),
        accepts_dispatch: row.kind.responds(),
        open_hours: Vec::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    Ok((node, depth + 1))
}

fn place_of(row: &CsvRow) -> Result<Option<Point>, (&'static str, FieldCode)> {
    match (row.latitude, row.longitude) {
        (None, None) => Ok(None),
        (Some(latitude), Some(longitude)) => {
            let point = Point { latitude, longitude };
            if point.looks_swapped() {
                Err(("latitude", FieldCode::SwappedCoordinates))
            } else if point.in_china() {
                Ok(Some(point))
            } else {
                Err(("latitude", FieldCode::OutsideChina))
            }
        }
        _ => Err(("longitude", FieldCode::Missing)),
    }
}
