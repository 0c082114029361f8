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
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cells::Cells;
use harness::{DEADLINE, wait_until};
use scene::Scene;
use svg::Palette;

/// Writes the pictures anew if it is set.
const RENEW: &str = "LONGHAUL_RENEW";

/// The pictures by the file's name in assets.
const PICTURES: [(&str, Palette); 2] = [
    ("dashboard-light.svg", Palette::LIGHT),
    ("dashboard-dark.svg", Palette::DARK),
];

#[test]
fn the_picture_in_readme_is_what_the_dashboard_shows() {
    let scene = Scene::play();
    if std::env::var_os(RENEW).is_some() {
        let cells = still(&scene);
        for (name, palette) in &PICTURES {
            fs::write(asset(name), svg::draw(&cells, palette)).expect("the assets can be written");
        }
        return;
    }
    let mut difference = String::new();
    let deadline = Instant::now() + DEADLINE;
    while Instant::now() < deadline {
        difference = match scene.look() {
            Ok(cells) => match difference_from_pictures(&cells) {
                None => return,
                Some(difference) => difference,
            },
            Err(why) => why,
        };
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!(
        "the picture in README is not what the dashboard shows.\n{difference}\n\
         If that is meant so, make it anew and look at it:\n    \
         {RENEW}=1 cargo test --test picture"
    );
}

/// The screen once nothing changes on it any more.
fn still(scene: &Scene) -> Cells {
    let (mut last, mut since) = (String::new(), Instant::now());
    wait_until("a screen that stands still", || {
        let now = scene.look().map_or_else(|why| why, |cells| cells.text());
        if now != last {
            (last, since) = (now, Instant::now());
        }
        since.elapsed() > Duration::from_secs(2)
    });
    scene.look().unwrap_or_else(|why| panic!("{why}"))
}

/// The first line in which a picture is different, and the screen that is.
fn difference_from_pictures(cells: &Cells) -> Option<String> {
    PICTURES.iter().find_map(|(name, palette)| {
        let kept = fs::read_to_string(asset(name)).unwrap_or_default();
        let made = svg::draw(cells, palette);
        let lines = kept.lines().count().max(made.lines().count());
        let (line, kept, made) = (0..lines)
            .map(|at| {
                let line = |text: &str| text.lines().nth(at).unwrap_or("nothing").to_owned();
                (at + 1, line(&kept), line(&made))
            })
            .find(|(_, kept, made)| kept != made)?;
        Some(format!(
            "assets/{name}, line {line}: {kept}\nnow: {made}\n{}",
            cells.text()
        ))
    })
}

fn asset(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "assets", name]
        .iter()
        .collect()
}
