//! Windows as they are typed.

use jiff::tz::TimeZone;

use super::{DAY, EVERY_DAY, Span, Window};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWindow {
    /// It can't be read as one.
    #[error(
        "\"{0}\" is no window: it takes times of day as in 22:00-06:00, days before them as in \"mon-fri 22:00-06:00, sat 00:00-24:00\", and a time zone behind them as in \"22:00-06:00 Europe/Berlin\""
    )]
    Shape(String),
    /// It would be open never, or always.
    #[error("the window {0} ends as it begins")]
    Empty(String),
    /// There is no such zone.
    #[error("there is no time zone \"{0}\"; one is called as in Europe/Berlin or UTC")]
    Zone(String),
    /// None is named, and the local one has no name.
    #[error("this machine's time zone has no name; name one, as in \"22:00-06:00 Europe/Berlin\"")]
    NoZone,
}

impl Window {
    /// Reads a window. Where it names no zone it is meant in `local`.
    ///
    /// # Errors
    /// [`NoWindow`].
    pub fn parse(text: &str, local: Option<&str>) -> Result<Self, NoWindow> {
        let text = text.trim();
        let shape = || NoWindow::Shape(text.to_owned());
        let (spans, named) = match text.rsplit_once(char::is_whitespace) {
            // What is neither a time nor a day is the zone's name.
            Some((spans, zone)) if !zone.contains(':') => (spans, Some(zone)),
            Some(_) | None => (text, None),
        };
        let zone = named.or(local).ok_or(NoWindow::NoZone);
        let spans: Vec<Span> = spans
            .split(',')
            .map(|span| read_span(span.trim()).ok_or_else(shape))
            .collect::<Result<_, _>>()?;
        if spans
            .iter()
            .any(|span| span.from == span.to % DAY && span.to != DAY)
        {
            return Err(NoWindow::Empty(text.to_owned()));
        }
        let zone = zone?;
        if TimeZone::get(zone).is_err() {
            return Err(NoWindow::Zone(zone.to_owned()));
        }
        Ok(Self {
            spans,
            zone: zone.to_owned(),
        })
    }
}

/// As it was written: the zone stands in it, and was known then.
impl TryFrom<String> for Window {
    type Error = NoWindow;

    fn try_from(text: String) -> Result<Self, NoWindow> {
        let shape = || NoWindow::Shape(text.clone());
        let (spans, zone) = text.rsplit_once(' ').ok_or_else(shape)?;
        let spans = spans
            .split(',')
            .map(|span| read_span(span.trim()).ok_or_else(shape))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            spans,
            zone: zone.to_owned(),
        })
    }
}

fn read_span(text: &str) -> Option<Span> {
    let (days, times) = match text.rsplit_once(char::is_whitespace) {
        Some((days, times)) => (read_days(days.trim())?, times),
        None => (EVERY_DAY, text),
    };
    let (from, to) = times.split_once('-')?;
    let (from, to) = (read_time(from)?, read_time(to)?);
    (from < DAY).then_some(Span { days, from, to })
}

/// Minutes from midnight; 24:00 is the end of a day.
fn read_time(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |text: &str, most: usize| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        (plain && !text.is_empty() && text.len() <= most).then(|| text.parse::<u16>().ok())?
    };
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let time = hours * 60 + minutes;
    (minutes < 60 && time <= DAY && text.len() >= 4).then_some(time)
}

fn read_days(text: &str) -> Option<u8> {
    let day = |text: &str| {
        let text = text.to_ascii_lowercase();
        DAYS.iter().position(|day| *day == text)
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (day(first)?, day(last)?),
        None => (day(text)?, day(text)?),
    };
    // From Saturday to Monday goes over the end of the week.
    let many = (last + 7 - first) % 7 + 1;
    let days = (0..many).map(|step| 1 << ((first + step) % 7));
    Some(days.fold(0, |days, day: u8| days | day))
}

/// The days of a span as they are typed: they are one after the other.
pub(super) fn days_told(days: u8) -> String {
    let on = |day: usize| days & (1 << (day % 7)) != 0;
    let first = (0..7).find(|day| on(*day) && !on(day + 6)).unwrap_or(0);
    let many = (0..7).take_while(|step| on(first + step)).count();
    match many {
        1 => DAYS[first].to_owned(),
        many => format!("{}-{}", DAYS[first], DAYS[(first + many - 1) % 7]),
    }
}
