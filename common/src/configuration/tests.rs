use super::*;

fn configuration(text: &str) -> Configuration {
    Configuration::of("/etc/config.toml".as_ref(), text)
}

fn wrong(text: &str) -> String {
    let error = configuration(text).store(&[]).unwrap_err();
    error.to_string()
}

#[test]
fn a_file_names_a_store_or_none() {
    let store = |text| configuration(text).store(&[]).unwrap();
    assert_eq!(store(""), None);
    assert_eq!(store("[keys]\n[dashboard]\nutc = true"), None);
    assert_eq!(
        store("store = \"/var/lib/longhaul\""),
        Some("/var/lib/longhaul".into())
    );
}

#[test]
fn a_store_below_the_home_folder_is_found_there() {
    let home = home().expect("tests have a home");
    let found = configuration("store = '~/jobs'").store(&[]).unwrap();
    assert_eq!(found, Some(home.join("jobs")));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    assert_eq!(
        wrong("# stores\n\nstroe = '/tmp'"),
        "/etc/config.toml, line 3: `stroe` is no key; there are store, stores, dashboard, keys"
    );
    assert_eq!(
        wrong("store = 7"),
        "/etc/config.toml, line 1: store needs a path in quotes: absolute, or beginning with ~/, or the name of one in [stores]"
    );
    assert_eq!(wrong("\nstore = 'jobs'"), wrong("\nstore = ''"));
    assert!(wrong("[keys]\nsuspend = \"s").starts_with("/etc/config.toml, line 2: "));
    assert!(wrong("store = '/a'\nstore = '/b'").starts_with("/etc/config.toml, line 2: "));
}
