use super::*;

#[test]
fn the_cursor_stays_on_the_list_and_on_the_screen() {
    let mut browse = Browse::default();
    browse.fit(5, 20);
    browse.step(7, 20);
    assert_eq!((browse.cursor(), browse.first()), (7, 3));
    browse.step(-2, 20);
    assert_eq!((browse.cursor(), browse.first()), (5, 3));
    browse.step(99, 20);
    assert_eq!((browse.cursor(), browse.first()), (19, 15));
    browse.fit(5, 3);
    assert_eq!((browse.cursor(), browse.first()), (2, 0));
    browse.fit(5, 0);
    assert_eq!((browse.cursor(), browse.first()), (0, 0));
}

#[test]
fn lines_that_come_before_move_nothing_on_the_screen() {
    let mut browse = Browse::default();
    browse.fit(5, 20);
    browse.go_to(7, 20);
    browse.shift_down(100);
    browse.fit(5, 120);
    assert_eq!((browse.cursor(), browse.first()), (107, 103));
    browse.shift_up(105);
    browse.fit(5, 15);
    assert_eq!((browse.cursor(), browse.first()), (2, 0));
}
