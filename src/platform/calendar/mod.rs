//! The local calendar of a tree of organizations.
//!
//! A county promises "ten minutes", "today" or "within ten working days". The first is plain time;
//! the other two are true only in the county's own zone and with its own holidays and make-up
//! working days. This module turns such a [`Span`] into an instant that a column can hold and a
//! sweep can compare, and a moment into the half-day slot in which volunteers offer their time.
//!
//! Deadlines are exclusive ends: "today" ends at the first instant of tomorrow, and what happens at
//! that instant is late. All intervals are half-open, `[start, end)`. Nothing here reads a clock,
//! and nothing fails: what lies outside [`EARLIEST`] and [`FAR_FUTURE`] is moved to them.

mod written;

use std::collections::BTreeSet;

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc, Weekday,
};
use chrono_tz::{GapInfo, Tz};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use written::{read_dates, read_zone, write_zone};

/// The first instant of the year 1; earlier moments count as this one.
pub const EARLIEST: DateTime<Utc> = instant_of(-62_135_596_800);

/// The last second of the year 9999, the farthest that a four-digit year can name; every later
/// deadline becomes this one.
pub const FAR_FUTURE: DateTime<Utc> = instant_of(253_402_300_799);

/// All 24 half-day slots, as [`Calendar::slots_between`] writes them.
pub const ALL_SLOTS: u32 = 0x00FF_FFFF;

/// More working days than this (some four centuries) end at [`FAR_FUTURE`] without being counted.
const MAXIMUM_WORKING_DAYS: u32 = 100_000;

/// The first slot of a holiday, after the three of each of the seven days of the week.
const FIRST_HOLIDAY_SLOT: u32 = 22;

/// A number of seconds since 1970 as an instant.
const fn instant_of(seconds: i64) -> DateTime<Utc> {
    match DateTime::from_timestamp(seconds, 0) {
        Some(instant) => instant,
        None => DateTime::<Utc>::MAX_UTC,
    }
}

/// How long something may take, as a rule says it.
///
/// Written as `{"minutes":10}`, `{"localDays":0}` or `{"workingDays":10}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Span {
    /// This many minutes of plain time, by night and on holidays too.
    Minutes(u32),
    /// Until the end of the local day that comes this many days later; 0 is the same day.
    LocalDays(u32),
    /// Until the end of the working day that is this many working days later, not counting the day
    /// on which the span begins; 0 is the same day, or the next working day if it is none.
    WorkingDays(u32),
}

/// By which calendar a whole tree of organizations lives: set at its root, and only there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Calendar {
    /// The time zone, by its name in the IANA database.
    #[serde(serialize_with = "write_zone", deserialize_with = "read_zone")]
    #[schema(value_type = String, max_length = 64, example = "Asia/Shanghai")]
    zone: Tz,
    /// Days on which nobody works, whatever the day of the week.
    #[serde(default, deserialize_with = "read_dates")]
    #[schema(value_type = Vec<NaiveDate>, required = false, max_items = 1_000, example = json!(["2026-10-01"]))]
    holidays: BTreeSet<NaiveDate>,
    /// Days on which people work although they fall on a weekend or a holiday.
    #[serde(default, deserialize_with = "read_dates")]
    #[schema(value_type = Vec<NaiveDate>, required = false, max_items = 1_000, example = json!(["2026-10-10"]))]
    makeup_days: BTreeSet<NaiveDate>,
}

impl Calendar {
    /// A calendar of plain weeks: Monday to Friday are working days, and there are no holidays.
    #[must_use]
    pub fn new(zone: Tz) -> Self {
        Self { zone, holidays: BTreeSet::new(), makeup_days: BTreeSet::new() }
    }

    /// Adds public holidays, on whatever day of the week they fall.
    #[must_use]
    pub fn with_holidays(mut self, dates: impl IntoIterator<Item = NaiveDate>) -> Self {
        self.holidays.extend(dates);
        self
    }

    /// Adds make-up working days: the Saturdays and Sundays that the State Council's yearly notice
    /// turns into working days in exchange for longer holidays. Such a day is a working day even if
    /// it is also listed as a holiday.
    #[must_use]
    pub fn with_makeup_days(mut self, dates: impl IntoIterator<Item = NaiveDate>) -> Self {
        self.makeup_days.extend(dates);
        self
    }

    /// The date on the local wall at a moment.
    #[must_use]
    pub fn local_date(&self, at: DateTime<Utc>) -> NaiveDate {
        self.local_time(at).date_naive()
    }

    /// The first instant of the local day of `at`, which is the end of the one before.
    #[must_use]
    pub fn start_of_local_day(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.local_date(at).pred_opt().map_or(EARLIEST, |before| self.end_of_date(before))
    }

    /// The end of the local day that comes `days_later` days after the one of `at`, which is the
    /// first instant of the day that follows it.
    #[must_use]
    pub fn end_of_local_day(&self, at: DateTime<Utc>, days_later: u32) -> DateTime<Utc> {
        self.local_date(at)
            .checked_add_days(Days::new(u64::from(days_later)))
            .map_or(FAR_FUTURE, |date| self.end_of_date(date))
    }

    /// Whether people are at work: Monday to Friday without the holidays, and the make-up days.
    #[must_use]
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        self.makeup_days.contains(&date) || !(weekend || self.holidays.contains(&date))
    }

    /// The end of the working day that is `working_days` working days after the local day of `at`,
    /// which itself is not counted. With 0 it is the end of that same day, or of the next working
    /// day if that day is none.
    #[must_use]
    pub fn end_of_working_day_after(&self, at: DateTime<Utc>, working_days: u32) -> DateTime<Utc> {
        if working_days > MAXIMUM_WORKING_DAYS {
            return FAR_FUTURE;
        }
        let today = self.local_date(at);
        let mut candidates = today.iter_days().filter(|date| self.is_working_day(*date));
        let skipped = if working_days > 0 && !self.is_working_day(today) {
            working_days - 1
        } else {
            working_days
        };
        candidates
            .nth(usize::try_from(skipped).unwrap_or(usize::MAX))
            .map_or(FAR_FUTURE, |date| self.end_of_date(date))
    }

    /// The instant at which a span that begins at `from` is over; not later than [`FAR_FUTURE`].
    #[must_use]
    pub fn deadline(&self, from: DateTime<Utc>, span: Span) -> DateTime<Utc> {
        match span {
            Span::Minutes(minutes) => from
                .checked_add_signed(TimeDelta::minutes(i64::from(minutes)))
                .map_or(FAR_FUTURE, |end| end.min(FAR_FUTURE)),
            Span::LocalDays(days) => self.end_of_local_day(from, days),
            Span::WorkingDays(days) => self.end_of_working_day_after(from, days),
        }
    }

    /// The slot of a moment in the national code of available times (可服务时间): 1 is Monday
    /// morning, 2 Monday afternoon, 3 Monday evening, 21 Sunday evening; 22 to 24 are the morning,
    /// afternoon and evening of a holiday, whatever the day of the week.
    ///
    /// The morning ends at noon and the evening begins at 18:00. A make-up working day keeps the
    /// slots of its day of the week.
    #[must_use]
    pub fn half_day_slot(&self, at: DateTime<Utc>) -> u8 {
        let local = self.local_time(at);
        let slot = self.first_slot_of(local.date_naive()) + part_of_day(local.hour());
        u8::try_from(slot).unwrap_or(u8::MAX)
    }

    /// The slots that the interval `[start, end)` touches, as bits: bit `n - 1` stands for slot `n`
    /// of [`Calendar::half_day_slot`].
    ///
    /// 0 if the interval is empty. An interval of seven days or more touches [`ALL_SLOTS`], those
    /// of holidays too, so that a long request excludes nobody.
    #[must_use]
    pub fn slots_between(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> u32 {
        if end.signed_duration_since(start) >= TimeDelta::days(7) {
            return ALL_SLOTS;
        }
        let mut slots = 0;
        let mut moment = start.clamp(EARLIEST, FAR_FUTURE);
        while moment < end.min(FAR_FUTURE) {
            slots |= 1 << (u32::from(self.half_day_slot(moment)) - 1);
            moment = self.next_part_of_day(moment);
        }
        slots
    }

    /// The first moment after `at` at which another half-day slot begins.
    fn next_part_of_day(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let local = self.local_time(at);
        let date = local.date_naive();
        let next = match part_of_day(local.hour()) {
            0 => self.first_instant_from(date, 12),
            1 => self.first_instant_from(date, 18),
            _ => self.end_of_date(date),
        };
        // Where a clock is set back over the boundary, the boundary that was already passed would
        // be found again; an hour's step always moves on.
        if next > at { next } else { at + TimeDelta::hours(1) }
    }

    /// The number of the first slot of a date.
    fn first_slot_of(&self, date: NaiveDate) -> u32 {
        if self.holidays.contains(&date) && !self.makeup_days.contains(&date) {
            FIRST_HOLIDAY_SLOT
        } else {
            date.weekday().num_days_from_monday() * 3 + 1
        }
    }

    /// The first instant of the day that follows a date.
    fn end_of_date(&self, date: NaiveDate) -> DateTime<Utc> {
        date.succ_opt().map_or(FAR_FUTURE, |next| self.first_instant_from(next, 0))
    }

    /// The first instant of a date at which the local clock shows this full hour or, where the
    /// clock was set forward over it, a later time.
    fn first_instant_from(&self, date: NaiveDate, hour: u32) -> DateTime<Utc> {
        let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        let local = date.and_time(time);
        self.zone
            .from_local_datetime(&local)
            .earliest()
            .or_else(|| GapInfo::new(&local, &self.zone).and_then(|gap| gap.end))
            .map_or(FAR_FUTURE, |instant| instant.to_utc().min(FAR_FUTURE))
    }

    /// The local clock at a moment. Local times at the very ends of the calendar cannot be
    /// expressed, hence the limits.
    fn local_time(&self, at: DateTime<Utc>) -> DateTime<Tz> {
        at.clamp(EARLIEST, FAR_FUTURE).with_timezone(&self.zone)
    }
}

/// 0 in the morning (from midnight), 1 in the afternoon, 2 in the evening.
fn part_of_day(hour: u32) -> u32 {
    match hour {
        0..12 => 0,
        12..18 => 1,
        _ => 2,
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test may stop at the first surprise")]
mod tests {
    use chrono_tz::{Africa, America, Asia, Pacific};

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment in RFC 3339")
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date in ISO 8601")
    }

    fn shanghai() -> Calendar {
        Calendar::new(Asia::Shanghai)
    }

    /// October 2025: the holidays 1 to 8, worked for on Sunday 28 September and Saturday 11 October.
    fn autumn() -> Calendar {
        let first = date("2025-10-01");
        shanghai()
            .with_holidays(first.iter_days().take(8))
            .with_makeup_days([date("2025-09-28"), date("2025-10-11")])
    }

    fn assert_deadline(calendar: &Calendar, from: &str, span: Span, expected: &str) {
        assert_eq!(calendar.deadline(utc(from), span), utc(expected), "{span:?} from {from}");
    }

    #[test]
    fn minutes_are_plain_time() {
        let calendar = shanghai();
        let span = Span::Minutes(10);
        assert_deadline(&calendar, "2025-12-31T15:55:00.5Z", span, "2025-12-31T16:05:00.5Z");
        let new_york = Calendar::new(America::New_York);
        assert_deadline(&new_york, "2025-03-09T06:55:00Z", span, "2025-03-09T07:05:00Z");
    }

    #[test]
    fn the_same_day_ends_at_the_next_local_midnight() {
        let calendar = shanghai();
        for (from, expected) in [
            ("2025-06-09T16:00:00Z", "2025-06-10T16:00:00Z"),
            ("2025-06-10T03:00:00Z", "2025-06-10T16:00:00Z"),
            ("2025-06-10T15:59:59Z", "2025-06-10T16:00:00Z"),
            ("2025-06-10T15:59:59.999999Z", "2025-06-10T16:00:00Z"),
            ("2025-06-10T16:00:00Z", "2025-06-11T16:00:00Z"),
            ("2025-04-30T04:00:00Z", "2025-04-30T16:00:00Z"),
            ("2025-12-31T15:59:59Z", "2025-12-31T16:00:00Z"),
            ("2025-12-31T16:00:00Z", "2026-01-01T16:00:00Z"),
        ] {
            assert_deadline(&calendar, from, Span::LocalDays(0), expected);
        }
    }

    #[test]
    fn days_later_cross_months_years_and_leap_days() {
        let calendar = shanghai();
        for (from, days, expected) in [
            ("2025-01-31T04:00:00Z", 1, "2025-02-01T16:00:00Z"),
            ("2025-12-30T04:00:00Z", 2, "2026-01-01T16:00:00Z"),
            ("2024-02-28T04:00:00Z", 1, "2024-02-29T16:00:00Z"),
            ("2024-02-28T16:00:00Z", 0, "2024-02-29T16:00:00Z"),
            ("2025-02-28T04:00:00Z", 1, "2025-03-01T16:00:00Z"),
        ] {
            assert_deadline(&calendar, from, Span::LocalDays(days), expected);
        }
    }

    #[test]
    fn days_are_23_or_25_hours_long_where_the_clock_changes() {
        let calendar = Calendar::new(America::New_York);
        let today = Span::LocalDays(0);
        assert_deadline(&calendar, "2025-03-09T05:00:00Z", today, "2025-03-10T04:00:00Z");
        assert_deadline(&calendar, "2025-03-08T17:00:00Z", today, "2025-03-09T05:00:00Z");
        assert_deadline(&calendar, "2025-11-02T04:00:00Z", today, "2025-11-03T05:00:00Z");
        assert_deadline(
            &calendar,
            "2025-11-01T17:00:00Z",
            Span::LocalDays(1),
            "2025-11-03T05:00:00Z",
        );
    }

    #[test]
    fn a_day_begins_after_the_gap_where_midnight_does_not_exist() {
        let today = Span::LocalDays(0);
        // Cairo goes from 24 April 2025 24:00 straight to 25 April 01:00.
        let cairo = Calendar::new(Africa::Cairo);
        assert_deadline(&cairo, "2025-04-24T12:00:00Z", today, "2025-04-24T22:00:00Z");
        assert_eq!(cairo.local_date(utc("2025-04-24T22:00:00Z")), date("2025-04-25"));
        // Apia had no 30 December 2011 at all.
        let apia = Calendar::new(Pacific::Apia);
        assert_deadline(&apia, "2011-12-29T20:00:00Z", today, "2011-12-30T10:00:00Z");
        // Havana shows midnight twice, the first of which begins the day.
        let havana = Calendar::new(America::Havana);
        assert_deadline(&havana, "2025-11-01T20:00:00Z", today, "2025-11-02T04:00:00Z");
        // São Paulo showed the last hour of 17 February 2018 twice.
        let sao_paulo = Calendar::new(America::Sao_Paulo);
        assert_deadline(&sao_paulo, "2018-02-17T12:00:00Z", today, "2018-02-18T03:00:00Z");
    }

    #[test]
    fn holidays_rest_and_makeup_days_work() {
        let calendar = autumn();
        for (day, working) in [
            ("2025-09-26", true),
            ("2025-09-27", false),
            ("2025-09-28", true),
            ("2025-10-01", false),
            ("2025-10-08", false),
            ("2025-10-09", true),
            ("2025-10-11", true),
            ("2025-10-12", false),
        ] {
            assert_eq!(calendar.is_working_day(date(day)), working, "{day}");
        }
    }

    #[test]
    fn working_days_are_counted_from_the_day_after() {
        let calendar = autumn();
        for (from, days, expected) in [
            ("2025-09-26T04:00:00Z", 10, "2025-10-16T16:00:00Z"),
            ("2025-09-26T04:00:00Z", 1, "2025-09-28T16:00:00Z"),
            ("2025-09-26T04:00:00Z", 0, "2025-09-26T16:00:00Z"),
            ("2025-09-30T04:00:00Z", 1, "2025-10-09T16:00:00Z"),
            ("2025-10-03T04:00:00Z", 0, "2025-10-09T16:00:00Z"),
            ("2025-10-03T04:00:00Z", 1, "2025-10-09T16:00:00Z"),
            ("2025-10-03T04:00:00Z", 3, "2025-10-11T16:00:00Z"),
        ] {
            assert_deadline(&calendar, from, Span::WorkingDays(days), expected);
        }
    }

    #[test]
    fn what_cannot_be_reached_ends_in_the_far_future() {
        let calendar = shanghai();
        let now = utc("2025-06-10T03:00:00Z");
        for span in [Span::LocalDays(u32::MAX), Span::WorkingDays(u32::MAX)] {
            assert_eq!(calendar.deadline(now, span), FAR_FUTURE);
        }
        // 32 bits of minutes are some eight thousand years: beyond 9999.
        assert_eq!(calendar.deadline(now, Span::Minutes(u32::MAX)), FAR_FUTURE);
        assert!(calendar.deadline(now, Span::WorkingDays(MAXIMUM_WORKING_DAYS)) < FAR_FUTURE);
        for end in [DateTime::<Utc>::MAX_UTC, FAR_FUTURE] {
            for span in [Span::Minutes(1), Span::LocalDays(0), Span::WorkingDays(3)] {
                assert_eq!(calendar.deadline(end, span), FAR_FUTURE);
            }
        }
        let west = Calendar::new(America::New_York);
        assert!(west.deadline(DateTime::<Utc>::MIN_UTC, Span::LocalDays(0)) > EARLIEST);
        assert_eq!(EARLIEST, utc("0001-01-01T00:00:00Z"));
        assert_eq!(FAR_FUTURE, utc("9999-12-31T23:59:59Z"));
    }

    #[test]
    fn a_moment_has_its_national_slot() {
        let calendar = autumn();
        for (moment, slot) in [
            ("2025-09-21T16:00:00Z", 1),
            ("2025-09-22T03:59:59Z", 1),
            ("2025-09-22T04:00:00Z", 2),
            ("2025-09-22T10:00:00Z", 3),
            ("2025-09-22T15:59:59Z", 3),
            ("2025-09-22T16:00:00Z", 4),
            ("2025-09-27T01:00:00Z", 16),
            ("2025-09-28T10:00:00Z", 21),
            ("2025-10-01T01:00:00Z", 22),
            ("2025-10-05T05:00:00Z", 23),
            ("2025-10-08T15:00:00Z", 24),
            ("2025-10-08T16:00:00Z", 10),
        ] {
            assert_eq!(calendar.half_day_slot(utc(moment)), slot, "{moment}");
        }
    }

    #[test]
    fn an_interval_touches_its_slots_but_not_the_one_at_its_end() {
        let calendar = autumn();
        for (start, end, slots) in [
            ("2025-09-22T01:00:00Z", "2025-09-22T01:00:00Z", 0),
            ("2025-09-22T01:00:00Z", "2025-09-22T00:00:00Z", 0),
            ("2025-09-22T01:00:00Z", "2025-09-22T04:00:00Z", 0b1),
            ("2025-09-22T01:00:00Z", "2025-09-22T04:00:00.000001Z", 0b11),
            ("2025-09-22T05:00:00Z", "2025-09-22T16:30:00Z", 0b1110),
            ("2025-09-30T10:00:00Z", "2025-10-01T04:00:00Z", 1 << 5 | 1 << 21),
            ("2025-09-21T16:00:00Z", "2025-09-28T15:59:59Z", (1 << 21) - 1),
            ("2025-09-21T16:00:00Z", "2025-09-28T16:00:00Z", ALL_SLOTS),
        ] {
            let touched = calendar.slots_between(utc(start), utc(end));
            assert_eq!(touched, slots, "{start} to {end}: {touched:024b}");
        }
        let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        assert_eq!(calendar.slots_between(first, last), ALL_SLOTS);
        assert_eq!(calendar.slots_between(last - TimeDelta::days(1), last), 0);
    }

    #[test]
    fn slots_are_complete_where_the_clock_changes() {
        let calendar = Calendar::new(America::Sao_Paulo);
        let (start, end) = (utc("2018-02-17T22:00:00Z"), utc("2018-02-18T04:00:00Z"));
        assert_eq!(calendar.slots_between(start, end), 1 << 17 | 1 << 18);
        let calendar = Calendar::new(America::St_Johns);
        let (start, end) = (utc("2010-11-06T22:00:00Z"), utc("2010-11-07T20:00:00Z"));
        assert_eq!(calendar.slots_between(start, end), 1 << 17 | 1 << 18 | 1 << 19);
    }

    #[test]
    fn spans_are_written_as_rules_say_them() {
        for (span, text) in [
            (Span::Minutes(10), r#"{"minutes":10}"#),
            (Span::LocalDays(0), r#"{"localDays":0}"#),
            (Span::WorkingDays(10), r#"{"workingDays":10}"#),
        ] {
            assert_eq!(serde_json::to_string(&span).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<Span>(text).expect("a span"), span);
        }
    }
}
