use super::network_type;

const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:35 / /mnt/nas rw - nfs4 server:/export rw
41 22 0:36 / /mnt/far rw shared:9 - fuse.sshfs me@far:/ rw
";

#[test]
fn a_network_file_system_is_told_from_a_local_one() {
    let dev = |major, minor| nix::sys::stat::makedev(major, minor);
    assert_eq!(network_type(MOUNTS, dev(254, 0)), None);
    assert_eq!(network_type(MOUNTS, dev(0, 35)).as_deref(), Some("nfs4"));
    assert_eq!(
        network_type(MOUNTS, dev(0, 36)).as_deref(),
        Some("fuse.sshfs")
    );
    assert_eq!(network_type(MOUNTS, dev(9, 9)), None);
}
