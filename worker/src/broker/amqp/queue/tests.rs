use super::{Limit, arguments, limits};

#[test]
fn the_limit_of_deliveries_is_lifted_only_where_that_is_what_the_words_mean() {
    assert_eq!(limits(Some(3)), [Limit::Unsaid]);
    assert_eq!(limits(None), [Limit::Unsaid]);
    assert_eq!(limits(Some(4)), [Limit::Lifted, Limit::Unsaid]);
    assert_eq!(limits(Some(5)), [Limit::Lifted, Limit::Unsaid]);
    let named = |limit| arguments(limit).inner().contains_key("x-delivery-limit");
    assert!(named(Limit::Lifted));
    assert!(!named(Limit::Unsaid));
}
