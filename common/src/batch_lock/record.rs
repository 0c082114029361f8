//! Who a batch is, so that those of its processes can be found that may not be looked into.

use std::io;
use std::path::Path;
use std::sync::OnceLock;

use uuid::Uuid;

use crate::id::TaskNumber;
use crate::lock_error::LockError;
use crate::process::{ProcessDir, ProcessId, Sight};

const MAGIC: &[u8; 8] = b"lhbatch1";

/// The first process of a batch, which leads its process group.
///
/// The record of slot 0 of task number `n` stands at byte `n * 64`, those of its other slots from 1 TiB on;
/// numbers are little-endian:
///
/// | bytes | what |
/// | --- | --- |
/// | 0..8 | `lhbatch1` |
/// | 8..16 | the task number |
/// | 16..20 | pid |
/// | 20..24 | session |
/// | 24..32 | start time |
/// | 32..48 | boot id |
/// | 48..56 | PID namespace |
/// | 56..64 | FNV-1a (64 bits) of bytes 0..56 |
///
/// One that is empty, torn or of another task reads as none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRecord {
    /// The process, also the number of its process group.
    pub pid: ProcessId,
    /// The session it was started in.
    pub session: ProcessId,
    /// When it was started, in clock ticks since boot: with the pid it names one process.
    pub start_time: u64,
    /// The boot during which the numbers mean something.
    pub boot_id: Uuid,
    /// The inode of the PID namespace in which they do.
    pub pid_namespace: u64,
}

impl BatchRecord {
    pub(super) const SIZE: usize = 64;

    /// Describes a process that was started and not waited for yet.
    ///
    /// # Errors
    /// [`LockError::Io`], also when there is no such process.
    pub fn of_process(pid: ProcessId) -> Result<Self, LockError> {
        let path = format!("/proc/{pid}/stat");
        let stat = match ProcessDir::open(pid) {
            Ok(Sight::Seen(process)) => process.stat(),
            Ok(Sight::Gone) => Ok(Sight::Gone),
            Ok(Sight::Refused) => Ok(Sight::Refused),
            Err(error) => Err(error),
        };
        let stat = match stat {
            Ok(Sight::Seen(stat)) => Ok(stat),
            Ok(Sight::Gone) => Err(io::Error::from(io::ErrorKind::NotFound)),
            Ok(Sight::Refused) => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
            Err(error) => Err(error),
        }
        .map_err(LockError::io("read", Path::new(&path)))?;
        let (boot_id, pid_namespace) = here()?;
        Ok(Self {
            pid,
            session: stat.session,
            start_time: stat.start_time,
            boot_id,
            pid_namespace,
        })
    }

    /// Whether the numbers mean anything to this process.
    pub(crate) fn is_of_here(&self) -> Result<bool, LockError> {
        Ok(here()? == (self.boot_id, self.pid_namespace))
    }

    pub(super) fn encode(&self, task: TaskNumber) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[0..8].copy_from_slice(MAGIC);
        bytes[8..16].copy_from_slice(&task.0.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.pid.as_u32().to_le_bytes());
        bytes[20..24].copy_from_slice(&self.session.as_u32().to_le_bytes());
        bytes[24..32].copy_from_slice(&self.start_time.to_le_bytes());
        bytes[32..48].copy_from_slice(self.boot_id.as_bytes());
        bytes[48..56].copy_from_slice(&self.pid_namespace.to_le_bytes());
        let sum = checksum(&bytes[..56]);
        bytes[56..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; Self::SIZE], task: TaskNumber) -> Option<Self> {
        let record = Self {
            pid: u32::from_le_bytes(part(bytes, 16)).into(),
            session: u32::from_le_bytes(part(bytes, 20)).into(),
            start_time: u64::from_le_bytes(part(bytes, 24)),
            boot_id: Uuid::from_bytes(part(bytes, 32)),
            pid_namespace: u64::from_le_bytes(part(bytes, 48)),
        };
        (record.encode(task) == *bytes).then_some(record)
    }
}

fn part<const N: usize>(bytes: &[u8; BatchRecord::SIZE], at: usize) -> [u8; N] {
    std::array::from_fn(|index| bytes[at + index])
}

fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Boot id and PID namespace of this process; neither can change during its life.
fn here() -> Result<(Uuid, u64), LockError> {
    static HERE: OnceLock<(Uuid, u64)> = OnceLock::new();
    if let Some(known) = HERE.get() {
        return Ok(*known);
    }
    let boot_path = Path::new("/proc/sys/kernel/random/boot_id");
    let boot_id = std::fs::read_to_string(boot_path)
        .and_then(|text| Uuid::parse_str(text.trim()).map_err(io::Error::other))
        .map_err(LockError::io("read", boot_path))?;
    let namespace_path = Path::new("/proc/self/ns/pid");
    let namespace = rustix::fs::stat(namespace_path)
        .map_err(LockError::io("look at", namespace_path))?
        .st_ino;
    Ok(*HERE.get_or_init(|| (boot_id, namespace)))
}
