use super::*;

fn at(batch: u64, cursor: &str, cut: u64) -> Start {
    Start {
        batch: BatchNumber(batch),
        cursor: ByteBuf::from(cursor),
        cut,
    }
}

fn numbers(marks: &[Marked]) -> Vec<u64> {
    marks.iter().map(|marked| marked.batch.0).collect()
}

#[test]
fn a_task_keeps_a_mark_at_its_first_batch_and_then_every_64() {
    let marks: Vec<Marked> = (0..200)
        .flat_map(|batch| between(&at(batch, "x", 10), &at(batch + 1, "y", 10), Some(10)))
        .collect();
    assert_eq!(numbers(&marks), [0, 64, 128, 192]);
    let late = MANY + 1;
    let marks: Vec<Marked> = (late..late + 2 * WIDE)
        .flat_map(|batch| between(&at(batch, "x", 10), &at(batch + 1, "y", 10), Some(10)))
        .collect();
    assert_eq!(marks.len(), 2);
}

#[test]
fn another_size_and_a_number_that_is_left_out_are_marked_at_once() {
    assert_eq!(
        between(&at(3, "x", 10), &at(4, "y", 20), Some(10)),
        [at(4, "y", 20).marked()]
    );
    assert_eq!(
        between(&at(3, "x", 10), &at(9, "y", 10), Some(10)),
        [at(9, "y", 10).marked()]
    );
}

#[test]
fn planning_marks_as_running_one_after_the_other_does() {
    let sizes = [vec![10; 70], vec![20; 3], vec![10; 80]].concat();
    let batches: Vec<Planned> = (0..)
        .zip(&sizes)
        .map(|(number, size)| Planned {
            cursor: ByteBuf::from(format!("{number}")),
            size: *size,
            ..Planned::default()
        })
        .collect();
    let next = at(50 + batches.len() as u64, "end", 30);
    let marks = planned(BatchNumber(50), &batches, &next, Some(10));
    assert_eq!(numbers(&marks), [64, 120, 123, 128, 192, 203]);
    assert_eq!(marks[1].mark.cut, 20);
    assert_eq!(marks[1].mark.cursor, "70");
    assert_eq!(marks[5], next.marked());
}

#[test]
fn who_does_not_know_the_size_before_or_knows_another_one_marks_at_once() {
    for known in [None, Some(20)] {
        let marks = between(&at(3, "x", 10), &at(4, "y", 10), known);
        assert_eq!(marks, [at(3, "x", 10).marked()]);
    }
}
