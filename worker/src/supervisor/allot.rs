//! Which queued tasks get the free slots of a worker. Pure.

use std::collections::BTreeMap;

use longhaul_common::id::TaskNumber;
use longhaul_common::store::Served;

/// How many slots are kept from tasks that wait to be claimed: each task whose queue nobody serves gets
/// one first, or what was claimed already would wait behind what was not.
pub(super) fn kept_back(slots: usize, served: &[Served]) -> usize {
    let unserved = served.iter().filter(|served| served.in_flight == 0);
    unserved.count().min(slots)
}

/// How many seats each task gets: those that nobody serves first, then the first in rank first, one each,
/// round and round while there is room. `idle` seats that wait for work already count as given.
pub(super) fn allot(
    slots: usize,
    served: &[Served],
    idle: &BTreeMap<TaskNumber, usize>,
) -> Vec<(TaskNumber, usize)> {
    let mut wants: Vec<(TaskNumber, usize, usize)> = served
        .iter()
        .map(|served| {
            let idle = idle.get(&served.task).copied().unwrap_or(0);
            (served.task, served.room.saturating_sub(idle), 0)
        })
        .collect();
    let mut left = slots;
    // Or whoever comes first takes every slot that is left for the others.
    for (served, (_, room, given)) in served.iter().zip(&mut wants) {
        if left > 0 && served.in_flight == 0 && *room > 0 {
            *given += 1;
            left -= 1;
        }
    }
    loop {
        let before = left;
        for (_, room, given) in &mut wants {
            if left > 0 && *given < *room {
                *given += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    wants
        .into_iter()
        .filter(|(_, _, given)| *given > 0)
        .map(|(task, _, given)| (task, given))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(task: u64, room: usize, in_flight: usize) -> Served {
        Served {
            task: TaskNumber(task),
            room,
            in_flight,
        }
    }

    fn given(slots: usize, tasks: &[Served], idle: &[(u64, usize)]) -> Vec<(u64, usize)> {
        let idle = idle
            .iter()
            .map(|(task, seats)| (TaskNumber(*task), *seats))
            .collect();
        allot(slots, tasks, &idle)
            .into_iter()
            .map(|(task, seats)| (task.0, seats))
            .collect()
    }

    #[test]
    fn each_task_gets_a_seat_before_any_gets_a_second() {
        let tasks = [served(1, 9, 0), served(2, 1, 0), served(3, 9, 0)];
        assert_eq!(given(2, &tasks, &[]), [(1, 1), (2, 1)]);
        assert_eq!(given(5, &tasks, &[]), [(1, 2), (2, 1), (3, 2)]);
        assert_eq!(given(99, &tasks, &[]), [(1, 9), (2, 1), (3, 9)]);
        assert_eq!(given(0, &tasks, &[]), []);
    }

    #[test]
    fn a_task_that_nobody_serves_gets_the_only_slot() {
        let tasks = [served(1, 9, 3), served(2, 9, 0)];
        assert_eq!(given(1, &tasks, &[]), [(2, 1)]);
        assert_eq!(given(2, &tasks, &[]), [(1, 1), (2, 1)]);
    }

    #[test]
    fn seats_that_wait_for_work_are_used_before_new_ones_are_opened() {
        let tasks = [served(1, 2, 0), served(2, 2, 3)];
        assert_eq!(given(4, &tasks, &[(1, 2), (2, 1)]), [(2, 1)]);
    }

    #[test]
    fn a_task_that_nobody_serves_goes_before_those_that_wait_to_be_claimed() {
        let tasks = [served(1, 2, 1), served(2, 2, 0), served(3, 1, 0)];
        assert_eq!(kept_back(4, &tasks), 2);
        assert_eq!(kept_back(1, &tasks), 1);
        assert_eq!(kept_back(4, &tasks[..1]), 0);
    }
}
