//! Days and moments as Meta writes them, in UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// `2026-01-31T12:00:00+0000`
pub(crate) fn moment(seconds: u64) -> String {
    let at = i64::try_from(seconds)
        .ok()
        .and_then(|at| Timestamp::from_second(at).ok());
    // Only of a clock beyond the year 9999 is there none.
    at.map_or_else(String::new, |at| {
        at.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
    })
}

/// When a day began, `2026-01-31`, in seconds since the epoch.
pub(crate) fn seconds_of_day(day: &str) -> Option<i64> {
    seconds_of(day.parse().ok()?)
}

/// When the month that a moment is in began, and when it ends.
pub(crate) fn month(at: i64) -> Option<(i64, i64)> {
    let date = Timestamp::from_second(at)
        .ok()?
        .to_zoned(TimeZone::UTC)
        .date();
    let first = date.first_of_month();
    let next = first.last_of_month().tomorrow().ok()?;
    Some((seconds_of(first)?, seconds_of(next)?))
}

fn seconds_of(date: Date) -> Option<i64> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_begin_in_utc() {
        assert_eq!(seconds_of_day("1970-01-02"), Some(86_400));
        assert_eq!(seconds_of_day("someday"), None);
        let (begin, end) = month(86_400 * 40).unwrap();
        assert_eq!((begin, end), (86_400 * 31, 86_400 * 59));
        assert_eq!(moment(86_400), "1970-01-02T00:00:00+0000");
    }
}
