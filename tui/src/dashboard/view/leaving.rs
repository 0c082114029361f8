//! The question before a dashboard that hosts a worker is quit.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::overlay;
use crate::dashboard::action::Action;
use crate::dashboard::model::{Hosting, Model};
use crate::output::human;
use crate::output::paint::Tone;

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>) {
    let theme = model.options.theme;
    let columns = usize::from(frame.area().width.saturating_sub(8)).min(60);
    let line = |text: &str, tone| Line::styled(theme.fit(text, columns), theme.tone(tone));
    let lines = match model.hosting {
        Hosting::Nothing | Hosting::Works(_) => return,
        Hosting::Asked { tasks, .. } => {
            let given_back = match tasks {
                0 => "the worker in this dashboard ends with it".to_owned(),
                1 => "1 task runs in this dashboard".to_owned(),
                _ => format!("{} tasks run in this dashboard", human::count(tasks as u64)),
            };
            let mut lines = vec![
                line("Quit?", Tone::Strong),
                Line::default(),
                line(&given_back, Tone::Plain),
            ];
            if tasks > 0 {
                let text = "given back at the next batch boundary, to other workers";
                lines.push(line(text, Tone::Plain));
            }
            lines.push(Line::default());
            lines.push(Line::from(vec![
                Span::styled("y", theme.tone(Tone::Strong)),
                Span::raw(" quit  "),
                Span::styled("n", theme.tone(Tone::Strong)),
                Span::raw(" stay"),
            ]));
            lines
        }
        Hosting::Stops => {
            let key = model.keys.shown(Action::Quit);
            vec![
                line("Quitting at the next batch boundary", Tone::Strong),
                Line::default(),
                line(
                    &format!("{key} once more kills what is in flight"),
                    Tone::Plain,
                ),
            ]
        }
    };
    overlay::draw(model, frame, columns, lines);
}
