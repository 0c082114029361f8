use std::fs::File;

use super::*;
use crate::process::tests::descriptors;

fn loses_its_heirs(close: impl Fn() -> io::Result<()>) {
    let _guard = descriptors();
    let file = File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&file, FdFlags::empty()).unwrap();
    close().unwrap();
    assert_eq!(rustix::io::fcntl_getfd(&file).unwrap(), FdFlags::CLOEXEC);
    assert_eq!(
        rustix::io::fcntl_getfd(io::stderr()).unwrap(),
        FdFlags::empty()
    );
}

#[test]
fn an_inherited_descriptor_is_closed_on_exec_afterwards() {
    loses_its_heirs(close_on_exec_all);
}

#[test]
fn a_kernel_without_the_call_gets_the_same() {
    loses_its_heirs(through_proc);
}

#[test]
fn an_ignored_child_signal_becomes_default() {
    default_child_signal().unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .unwrap();
    let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap();
    assert_eq!(ignored & (1 << (Signal::SIGCHLD as u64 - 1)), 0);
}
