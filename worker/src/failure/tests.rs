use super::*;

#[test]
fn what_a_task_says_is_kept_up_to_a_length() {
    let fits = "ü".repeat(LONGEST_WORD);
    assert_eq!(shortened(fits.clone()), fits);
    let kept = shortened(fits.clone() + "too much");
    assert_eq!(kept, fits + "…");
    let failure = Failure::Fatal("x".repeat(1 << 20)).shortened();
    assert_eq!(failure.to_string().chars().count(), LONGEST_WORD + 1);
}
