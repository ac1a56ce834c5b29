//! Where things are: points, distances, search cells and the two Chinese coordinate systems.
//!
//! Everything is stored in WGS-84, the system of satellite receivers. Chinese maps and `WeChat`
//! draw in GCJ-02, which is WGS-84 shifted by a few hundred meters; a client says which of the two
//! it speaks and the edge converts with [`CoordinateSystem`], so that nothing further inside ever
//! sees a shifted point.
//!
//! "Who is near?" must have the same answer on both database engines without an extension. So each
//! row carries the number of the H3 cell it lies in ([`Point::cell`]), a query asks for the rows in
//! the cells around a place ([`Point::cells_within`]), and the exact distance
//! ([`Point::distance_meters`]) is computed here on the few rows that come back.

use std::f64::consts::PI;
use std::ops::RangeInclusive;

use h3o::{CellIndex, LatLng, Resolution};
use serde::{Deserialize, Serialize};

/// The mean radius of the earth in meters (IUGG R1).
const EARTH_RADIUS_METERS: f64 = 6_371_008.8;

/// The resolution of the search cells: about five square kilometers each, so that a village is a
/// few cells and a county a few hundred.
const CELL_RESOLUTION: Resolution = Resolution::Seven;

/// Lower bound of the edge of a search cell in and around China (measured: 989 m at the smallest).
const SHORTEST_CELL_EDGE_METERS: f64 = 950.0;

/// Upper bound of the way from the center of a search cell to a corner of it in and around China
/// (measured: 1,548 m at the largest).
const LONGEST_CELL_CORNER_METERS: f64 = 1_600.0;

/// The farthest that [`Point::cells_within`] looks, in meters (some 700 cells).
///
/// Beyond it "near" has lost its meaning, and a search over the county's own index is cheaper than
/// a longer list of cells.
pub const MAXIMUM_SEARCH_RADIUS_METERS: f64 = 30_000.0;

/// The rings of cells that [`MAXIMUM_SEARCH_RADIUS_METERS`] needs.
const MAXIMUM_RINGS: u32 = 22;

/// The latitudes and longitudes in which China provides services, with its islands.
const SERVICE_AREA: Rectangle = Rectangle { latitudes: 3.5..=53.6, longitudes: 73.4..=135.2 };

/// The latitudes and longitudes in which Chinese maps are shifted, as all public implementations
/// of GCJ-02 have it.
const SHIFTED_AREA: Rectangle =
    Rectangle { latitudes: 0.8293..=55.8271, longitudes: 72.004..=137.8347 };

/// A rectangle of latitudes and longitudes in degrees.
struct Rectangle {
    latitudes: RangeInclusive<f64>,
    longitudes: RangeInclusive<f64>,
}

impl Rectangle {
    fn contains(&self, point: &Point) -> bool {
        self.latitudes.contains(&point.latitude) && self.longitudes.contains(&point.longitude)
    }
}

/// Within how many meters a place is the same.
const SAME_PLACE_METERS: f64 = 1.0;

/// A place on the earth in WGS-84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Degrees north of the equator.
    pub latitude: f64,
    /// Degrees east of Greenwich.
    pub longitude: f64,
}

impl Point {
    /// The point as a text, exact to the last digit: as it is sealed.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{},{}", self.latitude, self.longitude)
    }

    /// The point of such a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (latitude, longitude) = text.split_once(',')?;
        Some(Self { latitude: latitude.parse().ok()?, longitude: longitude.parse().ok()? })
    }

    /// The neighborhood of some ten kilometers in which it lies: what is left of a place that is
    /// to be forgotten.
    #[must_use]
    pub fn roughly(&self) -> Self {
        let rounded = |degrees: f64| (degrees * 10.0).round() / 10.0;
        Self { latitude: rounded(self.latitude), longitude: rounded(self.longitude) }
    }

    /// Whether it is the same place, written down in another system of coordinates.
    #[must_use]
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.distance_meters(other) <= SAME_PLACE_METERS
    }

    /// Whether the point lies in the rectangle around China and its islands, where a service can
    /// take place.
    #[must_use]
    pub fn in_china(&self) -> bool {
        SERVICE_AREA.contains(self)
    }

    /// Whether somebody wrote the longitude where the latitude belongs: the point is not in China,
    /// but would be with its two numbers exchanged.
    #[must_use]
    pub fn looks_swapped(&self) -> bool {
        let exchanged = Self { latitude: self.longitude, longitude: self.latitude };
        !self.in_china() && exchanged.in_china()
    }

    /// The way to another point over the surface of a spherical earth, in meters.
    ///
    /// The haversine formula: within half a percent of the ellipsoid, exact for tiny distances.
    #[must_use]
    pub fn distance_meters(&self, other: &Self) -> f64 {
        let latitude_step = (other.latitude - self.latitude).to_radians() / 2.0;
        let longitude_step = (other.longitude - self.longitude).to_radians() / 2.0;
        let parallels = self.latitude.to_radians().cos() * other.latitude.to_radians().cos();
        let half_chord_squared =
            latitude_step.sin().powi(2) + parallels * longitude_step.sin().powi(2);
        // Rounding may carry opposite points a hair above 1, where the arc sine has no value.
        2.0 * EARTH_RADIUS_METERS * half_chord_squared.sqrt().min(1.0).asin()
    }

    /// The number of the H3 cell (resolution 7) in which the point lies, as both engines store it.
    ///
    /// 0, which is no cell, for what is no place on the earth: a coordinate that is not a number,
    /// infinite, or out of range.
    #[must_use]
    pub fn cell(&self) -> i64 {
        self.cell_index().map_or(0, cell_number)
    }

    /// The numbers of all cells that hold any place within `radius_meters` of the point, in
    /// ascending order.
    ///
    /// Every such place lies in one of the cells; some of the cells' places are farther, so the
    /// caller still compares distances. The radius is cut at [`MAXIMUM_SEARCH_RADIUS_METERS`]; a
    /// negative one, or one that is not a number, counts as 0. Empty where [`Point::cell`] is 0.
    #[must_use]
    pub fn cells_within(&self, radius_meters: f64) -> Vec<i64> {
        let Some(origin) = self.cell_index() else {
            return Vec::new();
        };
        // Of 0 and "not a number", `max` takes 0.
        let at_least_zero = radius_meters.max(0.0);
        let radius = at_least_zero.min(MAXIMUM_SEARCH_RADIUS_METERS);
        let mut cells: Vec<i64> = origin
            .grid_disk::<Vec<_>>(rings_covering(radius))
            .into_iter()
            .filter(|cell| self.may_reach(*cell, radius))
            .map(cell_number)
            .collect();
        cells.sort_unstable();
        cells
    }

    /// Whether some place of the cell may lie within the radius; keeps the corners of the hexagonal
    /// disk out of the query.
    fn may_reach(&self, cell: CellIndex, radius_meters: f64) -> bool {
        let center = LatLng::from(cell);
        let center = Self { latitude: center.lat(), longitude: center.lng() };
        self.distance_meters(&center) <= radius_meters + LONGEST_CELL_CORNER_METERS
    }

    fn cell_index(&self) -> Option<CellIndex> {
        let on_earth = self.latitude.abs() <= 90.0 && self.longitude.abs() <= 180.0;
        let coordinate = LatLng::new(self.latitude, self.longitude).ok()?;
        on_earth.then(|| coordinate.to_cell(CELL_RESOLUTION))
    }
}

/// A cell's number as a signed integer; the highest bit of an H3 index is always 0, so that no
/// value changes.
fn cell_number(cell: CellIndex) -> i64 {
    u64::from(cell).cast_signed()
}

/// How many rings of cells around the cell of a point surely contain all places within a radius.
///
/// In its narrowest direction a disk of `k` rings of hexagons with edge `e` reaches `(1.5 k + 0.5) e`
/// from its center, and the point may lie `e` away from that center.
fn rings_covering(radius_meters: f64) -> u32 {
    let needed = (radius_meters / SHORTEST_CELL_EDGE_METERS + 0.5) / 1.5;
    (0..MAXIMUM_RINGS).find(|rings| f64::from(*rings) >= needed).unwrap_or(MAXIMUM_RINGS)
}

/// The system in which a client writes and reads coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CoordinateSystem {
    /// The system of satellite receivers, and of everything stored here.
    Wgs84,
    /// The shifted system of Chinese maps (`WeChat`, Amap, Tencent); equal to WGS-84 outside China.
    Gcj02,
}

impl CoordinateSystem {
    /// Reads a point written in this system.
    ///
    /// GCJ-02 has no closed inverse; the shift is taken back by iteration, to far below a meter.
    #[must_use]
    pub fn to_wgs84(self, point: Point) -> Point {
        match self {
            Self::Gcj02 if SHIFTED_AREA.contains(&point) => unshifted(point),
            Self::Gcj02 | Self::Wgs84 => point,
        }
    }

    /// Writes a stored point in this system.
    #[must_use]
    pub fn from_wgs84(self, point: Point) -> Point {
        match self {
            Self::Gcj02 if SHIFTED_AREA.contains(&point) => shifted(point),
            Self::Gcj02 | Self::Wgs84 => point,
        }
    }
}

/// The point that [`shifted`] brings to the given one.
fn unshifted(target: Point) -> Point {
    // Each step divides the error by more than a hundred: four leave less than a millimeter.
    (0..4).fold(target, |guess, _| {
        let image = shifted(guess);
        Point {
            latitude: guess.latitude + target.latitude - image.latitude,
            longitude: guess.longitude + target.longitude - image.longitude,
        }
    })
}

/// The shift of GCJ-02 as all public implementations have it: waves in meters, laid on the
/// Krasovsky 1940 ellipsoid. The law names no formula; the numbers are the commonly used ones.
fn shifted(point: Point) -> Point {
    const SEMI_MAJOR_AXIS_METERS: f64 = 6_378_245.0;
    const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;

    let east = point.longitude - 105.0;
    let north = point.latitude - 35.0;
    let latitude = point.latitude.to_radians();
    let flattening = 1.0 - ECCENTRICITY_SQUARED * latitude.sin().powi(2);
    let meridian_radius =
        SEMI_MAJOR_AXIS_METERS * (1.0 - ECCENTRICITY_SQUARED) / flattening.powf(1.5);
    let parallel_radius = SEMI_MAJOR_AXIS_METERS / flattening.sqrt() * latitude.cos();
    Point {
        latitude: point.latitude + (shift_north(east, north) / meridian_radius).to_degrees(),
        longitude: point.longitude + (shift_east(east, north) / parallel_radius).to_degrees(),
    }
}

/// The northward shift in meters at a place given in degrees east of 105° and north of 35°.
fn shift_north(east: f64, north: f64) -> f64 {
    let slope = -100.0 + 2.0 * east + 3.0 * north + 0.2 * north * north + 0.1 * east * north;
    let waves = shared_wave(east)
        + 20.0 * (north * PI).sin()
        + 40.0 * (north / 3.0 * PI).sin()
        + 160.0 * (north / 12.0 * PI).sin()
        + 320.0 * (north / 30.0 * PI).sin();
    slope + 0.2 * east.abs().sqrt() + waves * 2.0 / 3.0
}

/// The eastward shift in meters at a place given in degrees east of 105° and north of 35°.
fn shift_east(east: f64, north: f64) -> f64 {
    let slope = 300.0 + east + 2.0 * north + 0.1 * east * east + 0.1 * east * north;
    let waves = shared_wave(east)
        + 20.0 * (east * PI).sin()
        + 40.0 * (east / 3.0 * PI).sin()
        + 150.0 * (east / 12.0 * PI).sin()
        + 300.0 * (east / 30.0 * PI).sin();
    slope + 0.1 * east.abs().sqrt() + waves * 2.0 / 3.0
}

/// The wave, in meters, that both shifts contain.
fn shared_wave(east: f64) -> f64 {
    20.0 * (6.0 * east * PI).sin() + 20.0 * (2.0 * east * PI).sin()
}

/// Meters without their fractions.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a distance on earth fits many times")]
pub fn whole_meters(distance: f64) -> i64 {
    distance.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(latitude: f64, longitude: f64) -> Point {
        Point { latitude, longitude }
    }

    #[test]
    fn a_text_says_the_point_to_the_last_digit() {
        for point in grid().chain([point(1.0 / 3.0, -0.1), point(27.0, 120.5658)]) {
            assert_eq!(Point::parse(&point.to_text()), Some(point));
        }
        assert_eq!(Point::parse("27.66"), None);
        assert_eq!(Point::parse("27.66,here"), None);
    }

    /// Every second degree of China.
    fn grid() -> impl Iterator<Item = Point> {
        (4..=53).step_by(2).flat_map(|latitude| {
            (74..=135).step_by(2).map(move |longitude| {
                point(f64::from(latitude) + 0.31, f64::from(longitude) - 0.17)
            })
        })
    }

    /// The point some meters away in a direction, near enough for distances of a county.
    fn moved(from: Point, meters: f64, direction_degrees: f64) -> Point {
        let arc = (meters / EARTH_RADIUS_METERS).to_degrees();
        let (east, north) = direction_degrees.to_radians().sin_cos();
        point(
            from.latitude + arc * north,
            from.longitude + arc * east / from.latitude.to_radians().cos(),
        )
    }

    #[test]
    fn gcj_02_there_and_back_is_the_same_place() {
        for place in grid() {
            let there = CoordinateSystem::Gcj02.from_wgs84(place);
            let back = CoordinateSystem::Gcj02.to_wgs84(there);
            assert!(back.distance_meters(&place) < 0.001, "{place:?}");
            let again = CoordinateSystem::Gcj02.from_wgs84(CoordinateSystem::Gcj02.to_wgs84(place));
            assert!(again.distance_meters(&place) < 0.001, "{place:?}");
        }
    }

    #[test]
    fn gcj_02_agrees_with_the_published_pairs() {
        // The first three are the test vectors of eviltransform, the fourth is the example in the
        // manual of coordtransform.
        let pairs = [
            (point(31.177_427_6, 121.527_210_6), point(31.175_303_983_645_97, 121.531_541_859_215)),
            (point(22.543_847, 113.912_316), point(22.540_796_131_694_766, 113.917_176_480_836_3)),
            (point(39.911_954, 116.377_817), point(39.913_345_455_360_69, 116.384_047_224_556_57)),
            (point(39.915, 116.404), point(39.916_404_281_501_64, 116.410_244_499_169_38)),
        ];
        for (wgs, gcj) in pairs {
            assert!(CoordinateSystem::Gcj02.from_wgs84(wgs).distance_meters(&gcj) < 0.01);
            assert!(CoordinateSystem::Gcj02.to_wgs84(gcj).distance_meters(&wgs) < 0.01);
        }
    }

    #[test]
    fn tiananmen_moves_by_half_a_kilometer() {
        let satellite = point(39.907_33, 116.391_244);
        let map = point(39.908_74, 116.397_48);
        assert!(CoordinateSystem::Gcj02.from_wgs84(satellite).distance_meters(&map) < 5.0);
        let shift = satellite.distance_meters(&map);
        assert!((500.0..600.0).contains(&shift), "{shift}");
    }

    #[test]
    fn conversion_is_the_identity_outside_china_and_for_wgs_84() {
        let abroad = [
            point(39.739_2, -104.990_3),
            point(51.5, -0.12),
            point(-33.87, 151.2),
            point(f64::INFINITY, 120.0),
        ];
        for place in abroad {
            assert_eq!(CoordinateSystem::Gcj02.from_wgs84(place), place);
            assert_eq!(CoordinateSystem::Gcj02.to_wgs84(place), place);
        }
        let home = point(27.661_918, 120.565_793);
        assert_eq!(CoordinateSystem::Wgs84.from_wgs84(home), home);
        assert_eq!(CoordinateSystem::Wgs84.to_wgs84(home), home);
    }

    #[test]
    fn exchanged_numbers_are_noticed() {
        assert!(point(120.565_793, 27.661_918).looks_swapped());
        assert!(!point(27.661_918, 120.565_793).looks_swapped());
        assert!(!point(51.5, -0.12).looks_swapped());
        assert!(!point(f64::NAN, 27.0).looks_swapped());
        assert!(grid().all(|place| place.in_china() && !place.looks_swapped()));
    }

    #[test]
    fn distances_are_those_of_the_sphere() {
        let degree = point(0.0, 0.0).distance_meters(&point(0.0, 1.0));
        assert!((degree - 111_195.08).abs() < 0.01, "{degree}");
        let half_way_round = point(0.0, 0.0).distance_meters(&point(0.0, 180.0));
        assert!((half_way_round - PI * EARTH_RADIUS_METERS).abs() < 0.01);
        let shanghai = point(31.175_303_983_645_97, 121.531_541_859_215);
        let beijing = point(39.913_345_455_360_69, 116.384_047_224_556_57);
        let between = shanghai.distance_meters(&beijing);
        assert!((1_076_000.0..1_080_000.0).contains(&between), "{between}");
        assert!(beijing.distance_meters(&beijing).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_no_place_has_no_cell() {
        let nowhere = [
            point(f64::NAN, 120.0),
            point(27.0, f64::INFINITY),
            point(91.0, 120.0),
            point(27.0, 181.0),
        ];
        for place in nowhere {
            assert_eq!(place.cell(), 0);
            assert!(place.cells_within(1_000.0).is_empty());
        }
    }

    #[test]
    fn the_cells_cover_the_whole_radius_everywhere_in_china() {
        let radii = [0.0, 300.0, 2_000.0, 5_000.0, 17_000.0, 30_000.0, 9_000.0];
        for (radius, place) in radii.into_iter().cycle().zip(grid()) {
            let cells = place.cells_within(radius);
            assert!(cells.is_sorted());
            for direction in (0..360).step_by(9) {
                for share in [0.2, 0.6, 0.999] {
                    let reached = moved(place, radius * share, f64::from(direction));
                    assert!(
                        cells.binary_search(&reached.cell()).is_ok(),
                        "{place:?} {radius} {direction}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_cells_stay_few() {
        let home = point(27.661_918, 120.565_793);
        assert!(home.cells_within(0.0).contains(&home.cell()));
        assert_eq!(home.cells_within(f64::NAN), home.cells_within(0.0));
        assert_eq!(home.cells_within(-5.0), home.cells_within(0.0));
        assert!(home.cells_within(0.0).len() <= 7);
        assert!(home.cells_within(5_000.0).len() <= 40);
        let widest_needed = (MAXIMUM_SEARCH_RADIUS_METERS / SHORTEST_CELL_EDGE_METERS + 0.5) / 1.5;
        assert!(f64::from(MAXIMUM_RINGS) >= widest_needed);
        let widest = home.cells_within(MAXIMUM_SEARCH_RADIUS_METERS);
        assert!(widest.len() <= 850, "{}", widest.len());
        assert_eq!(home.cells_within(f64::INFINITY), widest);
    }
}
