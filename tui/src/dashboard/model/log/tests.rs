use super::*;
use crate::dashboard::model::Way;

const TASK: TaskNumber = TaskNumber(7);
const ROWS: usize = 4;

fn text(numbers: std::ops::Range<u64>) -> String {
    numbers
        .map(|number| format!("2026-11-24T09:20:00.000Z 12 out line {number:05}\n"))
        .collect()
}

/// Each line takes one row.
fn one(_: &Entry) -> usize {
    1
}

/// A log of so many lines, of which the last were read.
struct Written {
    text: String,
    page: LogPage,
}

impl Written {
    fn new(lines: u64, read: u64) -> Self {
        let mut written = Self {
            text: text(0..lines),
            page: LogPage::of(TASK, Head::Short),
        };
        written.tell(LogPart::End, &text(lines - read..lines));
        written
    }

    fn tell(&mut self, part: LogPart, bytes: &str) {
        self.page.take(&LogNews {
            task: TASK,
            part,
            bytes: bytes.into(),
            next: self.text.len() as u64,
        });
    }

    fn append(&mut self, lines: std::ops::Range<u64>) {
        let more = text(lines);
        self.text.push_str(&more);
        self.tell(LogPart::Appended(Seam::Joined), &more);
    }

    /// Reads back so many lines, if the page wants that.
    fn read_back(&mut self, lines: usize) -> bool {
        let Some(Reading::OlderLog { task, before }) = self.page.next_reading(ROWS) else {
            return false;
        };
        let end = usize::try_from(before).unwrap();
        let start = self.text[..end]
            .match_indices('\n')
            .rev()
            .nth(lines)
            .map_or(0, |(at, _)| at + 1);
        self.page.take(&LogNews {
            task,
            part: LogPart::Before(before),
            bytes: self.text[start..end].into(),
            next: before,
        });
        true
    }

    fn shown(&self) -> Vec<String> {
        let top = self.page.top(ROWS, one);
        (top.line..self.page.numbers().end)
            .take(ROWS)
            .filter_map(|number| self.page.get(number))
            .map(told)
            .collect()
    }
}

fn told(entry: &Entry) -> String {
    match entry {
        Entry::Line(line) => String::from_utf8_lossy(&line[line.len() - 5..]).into(),
        Entry::Gap { bytes, .. } => format!("{bytes} dropped"),
        Entry::Restart => "anew".into(),
    }
}

#[test]
fn the_end_is_followed_until_somebody_scrolls_up() {
    let mut log = Written::new(20, 10);
    assert_eq!(log.shown(), ["00016", "00017", "00018", "00019"]);
    log.append(20..22);
    assert_eq!(log.shown(), ["00018", "00019", "00020", "00021"]);
    log.page.scroll(-1, ROWS, one);
    log.append(22..34);
    assert_eq!(log.shown(), ["00017", "00018", "00019", "00020"]);
    assert_eq!(log.page.missed, 12);
    log.page.scroll(99, ROWS, one);
    assert_eq!((log.page.place, log.page.missed), (Place::End, 0));
    assert_eq!(log.shown()[3], "00033");
}

#[test]
fn older_lines_are_read_back_as_the_screen_comes_near_and_move_nothing() {
    let mut log = Written::new(100, 10);
    log.page.scroll(-3, ROWS, one);
    let seen = log.shown();
    assert!(log.read_back(10));
    assert_eq!(log.shown(), seen);
    log.page.go_to_first(ROWS, one);
    while log.read_back(10) {
        log.page.climb_on(ROWS, one);
    }
    assert!(log.page.whole);
    assert_eq!(log.shown(), ["00000", "00001", "00002", "00003"]);
    assert_eq!(log.page.numbers().count(), 100);
}

#[test]
fn whoever_goes_elsewhere_is_not_taken_to_the_beginning() {
    let mut log = Written::new(300, 100);
    log.page.go_to_first(ROWS, one);
    assert!(log.read_back(10));
    log.page.climb_on(ROWS, one);
    log.page.scroll(60, ROWS, one);
    let seen = log.shown();
    assert!(!log.read_back(10));
    log.page.climb_on(ROWS, one);
    assert_eq!(log.shown(), seen);
}

#[test]
fn whoever_goes_elsewhere_is_not_called_back_by_a_search() {
    let mut log = Written::new(300, 100);
    log.page.find("line 00150".into(), ROWS, one);
    log.page.go_to_first(ROWS, one);
    while log.read_back(40) {
        log.page.find_on(ROWS, one);
        log.page.climb_on(ROWS, one);
    }
    assert_eq!(log.shown()[0], "00000");
}

#[test]
fn a_screen_without_enough_lines_is_filled_from_before() {
    let mut log = Written::new(100, 2);
    assert!(log.read_back(10));
    assert_eq!(log.shown(), ["00096", "00097", "00098", "00099"]);
    assert!(!log.read_back(10));
}

#[test]
fn wrapped_lines_scroll_by_rows() {
    let mut log = Written::new(10, 10);
    let three = |_: &Entry| 3;
    let top = |log: &Written| log.page.top(ROWS, three);
    let last = log.page.numbers().end - 1;
    assert_eq!(
        top(&log),
        Spot {
            line: last - 1,
            row: 2
        }
    );
    log.page.scroll(-1, ROWS, three);
    assert_eq!(
        top(&log),
        Spot {
            line: last - 1,
            row: 1
        }
    );
    log.page.scroll(-3, ROWS, three);
    assert_eq!(
        top(&log),
        Spot {
            line: last - 2,
            row: 1
        }
    );
    log.page.scroll(2, ROWS, three);
    assert_eq!(
        top(&log),
        Spot {
            line: last - 1,
            row: 0
        }
    );
    log.page.scroll(2, ROWS, three);
    assert_eq!(log.page.place, Place::End);
}

#[test]
fn no_more_is_kept_than_some_megabytes_and_the_end_is_found_again() {
    let mut log = Written::new(10, 10);
    for chunk in 0..60 {
        log.append(10 + chunk * 1000..10 + (chunk + 1) * 1000);
    }
    assert!(log.page.bytes <= MOST);
    assert!(!log.page.whole);
    assert_eq!(log.shown()[3], "60009");
    let size = text(0..1).len() as u64;
    let first = log.page.numbers().start - ORIGIN;
    assert_eq!(log.page.start, first * size, "it knows where to read back");
    log.page.scroll(-1, ROWS, one);
    let seen = log.shown();
    for chunk in 0..60 {
        log.append(60_010 + chunk * 1000..60_010 + (chunk + 1) * 1000);
    }
    assert!(log.page.bytes <= MOST);
    assert_eq!(log.shown(), seen, "what is looked at stays");
    assert_eq!(log.page.missed, 60_000);
    assert!(!log.page.wants_end());
    log.page.follow();
    assert!(log.page.wants_end());
    assert!(!log.page.wants_end(), "it asks once");
    log.tell(LogPart::End, &text(120_000..120_010));
    assert_eq!(log.shown()[3], "20009");
}

#[test]
fn what_was_dropped_is_told_between_the_lines() {
    let mut log = Written::new(10, 10);
    let more = text(90..92);
    log.text.push_str(&" ".repeat(4000));
    log.text.push_str(&more);
    log.tell(LogPart::Appended(Seam::Dropped { bytes: 4000 }), &more);
    assert_eq!(log.shown(), ["00009", "4000 dropped", "00090", "00091"]);
}

#[test]
fn a_log_that_is_replaced_begins_anew() {
    let mut log = Written::new(10, 10);
    log.page.scroll(-3, ROWS, one);
    log.text = text(0..2);
    let bytes = log.text.clone();
    log.tell(LogPart::Appended(Seam::Restarted), &bytes);
    assert_eq!(log.shown(), ["anew", "00000", "00001"]);
    assert!(!log.read_back(10), "what stood before was another log's");
}

#[test]
fn a_text_is_found_above_then_below_and_read_back_for() {
    let mut log = Written::new(200, 10);
    log.page.find("line 00150".into(), ROWS, one);
    while log.read_back(10) {
        log.page.find_on(ROWS, one);
    }
    let hit = log.page.find.hit.expect("it is there");
    assert_eq!(log.page.get(hit).map(told).as_deref(), Some("00150"));
    assert!(log.shown().contains(&"00150".to_owned()));
    log.page.find_next(Way::Down, ROWS, one);
    assert_eq!(log.page.find.found, Found::Nothing(Way::Down));
    assert_eq!(log.page.find.hit, Some(hit));
    log.page.find("LINE".into(), ROWS, one);
    while log.read_back(50) {
        log.page.find_on(ROWS, one);
    }
    assert_eq!(
        log.page.find.hit, None,
        "capitals are looked for as they are"
    );
}

#[test]
fn matches_are_found_in_any_case_unless_capitals_are_asked_for() {
    assert_eq!(matches_in("Error and error", "error"), [0..5, 10..15]);
    assert_eq!(matches_in("Error and Errors", "Error"), [0..5, 10..15]);
    assert!(matches_in("error", "Error").is_empty());
    assert_eq!(matches_in("ÄÄä", "ä"), [0..2, 2..4, 4..6]);
    assert_eq!(matches_in("aaaa", "aa"), [0..2, 2..4]);
    assert!(matches_in("abc", "").is_empty());
    assert!(matches_in("ab", "abc").is_empty());
}

fn count(log: &Written) -> (Option<usize>, usize, Of) {
    let count = log.page.count().expect("something is looked for");
    (count.at, count.all, count.of)
}

#[test]
fn what_is_found_is_counted_as_lines_come_and_are_read_back() {
    let mut log = Written::new(200, 30);
    assert_eq!(log.page.count(), None);
    log.page.find("5".into(), ROWS, one);
    // 175, 185, 195 of 170 to 199.
    assert_eq!(count(&log), (Some(3), 3, Of::Part));
    log.page.find_next(Way::Up, ROWS, one);
    assert_eq!(count(&log), (Some(2), 3, Of::Part));
    log.append(200..210);
    assert_eq!(count(&log), (Some(2), 4, Of::Part));
    log.page.find_next(Way::Up, ROWS, one);
    log.page.find_next(Way::Up, ROWS, one);
    assert!(log.read_back(20));
    log.page.find_on(ROWS, one);
    // Of 150 to 169 eleven.
    assert_eq!(count(&log), (Some(11), 15, Of::Part));
    log.page.go_to_first(ROWS, one);
    while log.read_back(50) {
        log.page.climb_on(ROWS, one);
    }
    let all = (0..210).filter(|line| line.to_string().contains('5'));
    assert_eq!(count(&log).1, all.count());
    assert_eq!(count(&log).2, Of::WholeLog);
    log.tell(LogPart::End, &text(205..206));
    assert_eq!(count(&log), (None, 1, Of::Part));
}

#[test]
fn what_is_kept_no_more_is_not_counted() {
    let mut log = Written::new(10, 10);
    log.page.find("9".into(), ROWS, one);
    let kept = |page: &LogPage| {
        let has = |line: &u64| {
            page.get(*line)
                .map(told)
                .is_some_and(|text| text.contains('9'))
        };
        page.numbers().filter(has).count()
    };
    for chunk in 0..60 {
        log.append(10 + chunk * 1000..10 + (chunk + 1) * 1000);
    }
    assert!(!log.page.whole);
    assert_eq!(count(&log).1, kept(&log.page));
    log.page.go_to_first(ROWS, one);
    while log.read_back(5000) {
        log.page.climb_on(ROWS, one);
    }
    assert_eq!(count(&log).1, kept(&log.page));
    assert_eq!(count(&log).2, Of::Part, "the end was let go");
}
