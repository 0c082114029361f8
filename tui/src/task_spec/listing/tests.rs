use super::*;

use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

fn folder(files: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    folder
}

fn listed(folder: &TempDir, globs: &[&str]) -> Vec<String> {
    let globs: Vec<String> = globs.iter().map(ToString::to_string).collect();
    let listing = Listing::new(folder.path(), &globs).unwrap();
    let out = TempDir::new().unwrap();
    let path = out.path().join("list");
    let count = listing
        .write(&mut File::create(&path).unwrap(), out.path())
        .unwrap();
    let text = fs::read_to_string(path).unwrap();
    let root = format!("{}/", folder.path().canonicalize().unwrap().display());
    let found: Vec<String> = text
        .split_terminator('\0')
        .map(|path| path.strip_prefix(&root).unwrap().to_owned())
        .collect();
    assert_eq!(count, found.len() as u64);
    found
}

#[test]
fn files_come_sorted_by_the_bytes_of_their_paths_hidden_and_ignored_ones_too() {
    let folder = folder(&["b/2", "b/10", "a", "b.txt", ".hidden/x", ".gitignore", "Z"]);
    fs::write(folder.path().join(".gitignore"), "*\n").unwrap();
    assert_eq!(
        listed(&folder, &[]),
        [".gitignore", ".hidden/x", "Z", "a", "b.txt", "b/10", "b/2"]
    );
}

#[test]
fn links_and_folders_are_no_files_and_are_not_followed() {
    let folder = folder(&["a/file"]);
    symlink("a/file", folder.path().join("link")).unwrap();
    symlink("a", folder.path().join("b")).unwrap();
    symlink("..", folder.path().join("a/loop")).unwrap();
    assert_eq!(listed(&folder, &[]), ["a/file"]);
}

#[test]
fn globs_say_what_is_wanted_and_what_is_not() {
    let folder = folder(&["x.csv", "x.txt", "old/x.csv", "new/y.csv", "new/y.json"]);
    assert_eq!(
        listed(&folder, &["*.csv"]),
        ["new/y.csv", "old/x.csv", "x.csv"]
    );
    assert_eq!(listed(&folder, &["/*.csv"]), ["x.csv"]);
    assert_eq!(listed(&folder, &["new/*.csv"]), ["new/y.csv"]);
    assert_eq!(
        listed(&folder, &["*.csv", "*.json", "!old"]),
        ["new/y.csv", "new/y.json", "x.csv"]
    );
    assert_eq!(listed(&folder, &["!*.csv"]), ["new/y.json", "x.txt"]);
}

#[test]
fn a_pattern_that_is_none_and_a_file_in_place_of_a_folder_are_mistakes() {
    let folder = folder(&["file"]);
    for (dir, glob, why) in [
        ("", "a[", "--glob"),
        ("file", "*", "not a folder"),
        ("none", "*", "can't be read"),
    ] {
        let listing = Listing::new(&folder.path().join(dir), &[glob.to_owned()]);
        let failure = listing.err().unwrap();
        assert!(failure.message.contains(why), "{}", failure.message);
        assert_eq!(failure.exit as u8, 2);
    }
}
