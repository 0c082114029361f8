//! The picture in README: made from the cells that the real dashboard draws over a real store.
//!
//! What is different each time (times, lengths, rates, ids, who and where) is set to fixed values in
//! the cells, so that the same program makes the same picture.

#[path = "picture/cells.rs"]
mod cells;
#[path = "picture/fixed.rs"]
mod fixed;
mod harness;
#[path = "picture/scene.rs"]
mod scene;
#[path = "picture/svg.rs"]
mod svg;
#[path = "picture/token.rs"]
mod token;

use std::fs;
use std::path::Path;

use svg::Palette;

/// Writes the pictures anew if it is set.
const RENEW: &str = "LONGHAUL_RENEW";

#[test]
fn the_picture_in_readme_is_what_the_dashboard_shows() {
    let mut cells = scene::play();
    fixed::fix(&mut cells);
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
    let pictures = [
        ("dashboard-light.svg", Palette::LIGHT),
        ("dashboard-dark.svg", Palette::DARK),
    ];
    for (name, palette) in pictures {
        let file = assets.join(name);
        let made = svg::draw(&cells, &palette);
        if std::env::var_os(RENEW).is_some() {
            fs::write(&file, made).expect("the assets can be written");
            continue;
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        if let Some((line, (kept, made))) = first_difference(&kept, &made) {
            panic!(
                "the dashboard looks different from assets/{name}\n\
                 line {line} there: {kept}\n\
                 line {line} now:   {made}\n\
                 the screen now:\n{}\n\
                 if that is meant so, write it anew and look at it:\n    \
                 {RENEW}=1 cargo test --test picture",
                cells.text()
            );
        }
    }
}

/// The first line that is not the same, and both of it.
fn first_difference<'a>(kept: &'a str, made: &'a str) -> Option<(usize, (&'a str, &'a str))> {
    let lines = kept.lines().count().max(made.lines().count());
    let line = |text: &'a str, at| text.lines().nth(at).unwrap_or("(none)");
    (0..lines)
        .map(|at| (at + 1, (line(kept, at), line(made, at))))
        .find(|(_, (kept, made))| kept != made)
}
