//! What is left to chance, the same on every machine.

use std::f64::consts::TAU;

use crate::platform::geography::Point;

/// One degree of latitude in meters.
const DEGREE_METERS: f64 = 111_195.0;

/// The point some meters away, in a direction given as a part of a full turn; flat, which is near
/// enough within a county.
pub(super) fn moved(from: Point, meters: f64, turn: f64) -> Point {
    let (east, north) = (turn * TAU).sin_cos();
    let degrees = meters / DEGREE_METERS;
    Point {
        latitude: from.latitude + degrees * north,
        longitude: from.longitude + degrees * east / from.latitude.to_radians().cos(),
    }
}

/// A small generator of repeatable chance: `SplitMix64` (Steele, Lea and Flood, 2014). Good enough
/// to scatter a demo, and for nothing else.
pub(super) struct Chance(u64);

impl Chance {
    /// The chance of one item among many that share a seed.
    pub(super) fn new(seed: u64, item: u64) -> Self {
        Self(scrambled(seed ^ scrambled(item)))
    }

    /// The chance of a thing with a name (hashed with FNV-1a).
    pub(super) fn of(name: &str) -> Self {
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
    pub(super) fn share(&mut self) -> f64 {
        let high_half = u32::try_from(self.number() >> 32).unwrap_or_default();
        f64::from(high_half) / (f64::from(u32::MAX) + 1.0)
    }

    /// One of the choices; none if there are none.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let index = self.number().checked_rem(u64::try_from(choices.len()).ok()?)?;
        choices.get(usize::try_from(index).ok()?).copied()
    }

    /// A point within some meters of another, all places being equally likely.
    pub(super) fn near(&mut self, center: Point, meters: f64) -> Point {
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
