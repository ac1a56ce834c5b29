//! The clocks of a demand: computed from rules once, stored, and moved only by
//! an escalation, a pause or a reopening.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use super::Urgency;
use crate::demands::catalog::ItemClock;
use crate::organizations::rules::Clocks;
use crate::platform::calendar::Calendar;

/// What a demand waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DueKind {
    /// That somebody accepts it.
    Respond,
    /// That it is served.
    Handle,
    /// That the resident judges it.
    Evaluate,
    /// That it is tried again, because nobody could be found.
    Retry,
}

impl DueKind {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Respond => "respond",
            Self::Handle => "handle",
            Self::Evaluate => "evaluate",
            Self::Retry => "retry",
        }
    }
}

/// The deadlines of a demand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// By when somebody must have accepted it.
    pub respond_by: Option<DateTime<Utc>>,
    /// By when it must have been served.
    pub handle_by: Option<DateTime<Utc>>,
    /// By when the resident may judge it.
    pub evaluate_by: Option<DateTime<Utc>>,
    /// When it is tried again.
    pub retry_at: Option<DateTime<Utc>>,
    /// Since when its clocks stand still.
    pub paused_at: Option<DateTime<Utc>>,
    /// The time to handle is over at the highest level, and that was reported:
    /// there is nobody left to tell.
    pub overdue: bool,
}

impl Waits {
    /// The deadline that runs in this state.
    #[must_use]
    pub fn due(&self, state: State) -> Option<(DateTime<Utc>, DueKind)> {
        if self.paused_at.is_some() {
            return None;
        }
        match state {
            State::Submitted | State::Verified | State::Dispatched => {
                self.respond_by.map(|at| (at, DueKind::Respond))
            }
            State::Accepted | State::InService if !self.overdue => {
                self.handle_by.map(|at| (at, DueKind::Handle))
            }
            State::Served => self.evaluate_by.map(|at| (at, DueKind::Evaluate)),
            State::Unfilled => self.retry_at.map(|at| (at, DueKind::Retry)),
            _ => None,
        }
    }

    /// The same deadlines after a pause of this length, running again.
    #[must_use]
    pub fn moved_by(self, pause: Duration) -> Self {
        let later = |at: Option<DateTime<Utc>>| at.map(|at| at + pause);
        Self {
            respond_by: later(self.respond_by),
            handle_by: later(self.handle_by),
            evaluate_by: later(self.evaluate_by),
            retry_at: later(self.retry_at),
            paused_at: None,
            overdue: self.overdue,
        }
    }
}

/// The deadlines of a demand that begins to wait at `from`: the item's clock
/// before the area's, the urgent one where it is urgent. Help that is wanted
/// later is not handled late before it was wanted.
#[must_use]
pub fn deadlines(
    clocks: Clocks,
    item: Option<ItemClock>,
    urgency: Urgency,
    wanted: Option<(DateTime<Utc>, DateTime<Utc>)>,
    calendar: &Calendar,
    from: DateTime<Utc>,
) -> Waits {
    let urgent = |own| if urgency == Urgency::Urgent { own } else { None };
    let respond = urgent(clocks.urgent_respond)
        .or_else(|| item.and_then(|item| item.respond))
        .unwrap_or(clocks.respond);
    let handle = urgent(clocks.urgent_handle)
        .or_else(|| item.and_then(|item| item.handle))
        .unwrap_or(clocks.handle);
    let handle_by = calendar.deadline(from, handle.into());
    let wanted_until = wanted.map_or(handle_by, |(_, until)| until);
    Waits {
        respond_by: Some(calendar.deadline(from, respond.into())),
        handle_by: Some(handle_by.max(wanted_until)),
        ..Waits::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organizations::rules::{Rule as _, SpanRule};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap_or_default()
    }

    fn shanghai() -> Calendar {
        Calendar::new(chrono_tz::Asia::Shanghai)
    }

    #[test]
    fn a_village_has_until_the_end_of_the_local_day() {
        let waits = deadlines(
            Clocks::USUAL,
            None,
            Urgency::Normal,
            None,
            &shanghai(),
            at("2026-03-02T02:00:00Z"),
        );
        assert_eq!(waits.respond_by, Some(at("2026-03-02T16:00:00Z")));
        assert_eq!(waits.handle_by, Some(at("2026-03-02T16:00:00Z")));
    }

    #[test]
    fn the_item_goes_before_the_area_and_urgency_before_both() {
        let clocks = Clocks { urgent_respond: Some(SpanRule::Minutes(3)), ..Clocks::USUAL };
        let item = ItemClock { respond: Some(SpanRule::Minutes(30)), handle: None };
        let from = at("2026-03-02T02:00:00Z");
        let waits =
            |urgency| deadlines(clocks, Some(item), urgency, None, &shanghai(), from).respond_by;
        assert_eq!(waits(Urgency::Normal), Some(from + Duration::minutes(30)));
        assert_eq!(waits(Urgency::Urgent), Some(from + Duration::minutes(3)));
    }

    #[test]
    fn help_wanted_tomorrow_is_not_late_today() {
        let until = at("2026-03-03T04:00:00Z");
        let wanted = Some((at("2026-03-03T02:00:00Z"), until));
        let from = at("2026-03-02T02:00:00Z");
        let waits = deadlines(Clocks::USUAL, None, Urgency::Normal, wanted, &shanghai(), from);
        assert_eq!(waits.handle_by, Some(until));
    }

    #[test]
    fn a_pause_stops_every_clock_and_moves_every_deadline() {
        let start = at("2026-03-02T02:00:00Z");
        let waits = Waits {
            respond_by: Some(start + Duration::minutes(10)),
            paused_at: Some(start),
            ..Waits::default()
        };
        assert_eq!(waits.due(State::Submitted), None);
        let moved = waits.moved_by(Duration::minutes(30));
        let expected = start + Duration::minutes(40);
        assert_eq!(moved.due(State::Submitted), Some((expected, DueKind::Respond)));
    }
}
