use super::*;

const W1: WorkerNumber = WorkerNumber(1);
const W2: WorkerNumber = WorkerNumber(2);

fn cordon(reach: Reach, hold: Hold) -> Cordon {
    Cordon {
        reach,
        hold,
        ..Cordon::default()
    }
}

#[test]
fn a_worker_is_in_the_cordon_of_its_number_its_host_and_the_store() {
    let host = |name: &str| Reach::Host(name.into());
    for (reach, one, other) in [
        (Reach::Store, true, true),
        (host("a"), true, false),
        (host("b"), false, true),
        (Reach::Worker(W1), true, false),
        (Reach::Worker(W2), false, true),
    ] {
        let cordons = Cordons(vec![cordon(reach.clone(), Hold::Cordoned)]);
        assert_eq!(cordons.around(W1, "a").is_some(), one, "{reach}");
        assert_eq!(cordons.around(W2, "b").is_some(), other, "{reach}");
        assert_eq!(cordons.around_all().is_some(), one && other, "{reach}");
    }
}

#[test]
fn of_several_cordons_the_one_that_drains_counts() {
    let drains = cordon(Reach::Worker(W1), Hold::Drained);
    let mut all = vec![cordon(Reach::Store, Hold::Cordoned), drains.clone()];
    for _ in 0..2 {
        all.reverse();
        let cordons = Cordons(all.clone());
        assert_eq!(cordons.around(W1, "a"), Some(&drains));
        let hold = cordons.around(W2, "a").map(|cordon| cordon.hold);
        assert_eq!(hold, Some(Hold::Cordoned));
    }
}
