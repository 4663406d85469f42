use chrono::{DateTime, TimeDelta, Utc};

use super::eval::eval;
use super::promql::parse;
use super::scrape::samples;
use super::store::Store;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_000_000 + second)
}

/// Ten seconds of a shop: each second 10 requests, 9 of them under 0.1 s and 1 under 1 s.
fn store() -> Store {
    let mut store = Store::default();
    for second in 0..=10 {
        let text = format!(
            "# TYPE d histogram\n\
             d_bucket{{service=\"shop\",le=\"0.1\"}} {}\n\
             d_bucket{{service=\"shop\",le=\"1.0\"}} {}\n\
             d_bucket{{service=\"shop\",le=\"+Inf\"}} {}\n\
             d_count{{service=\"shop\"}} {}\n",
            9 * second,
            10 * second,
            10 * second,
            10 * second
        );
        store.add(at(second), samples(&text));
    }
    store
}

fn worth(query: &str) -> Vec<(String, f64)> {
    let expr = parse(query).unwrap();
    let vector = eval(&store(), &expr, at(10)).into_vector();
    vector.into_iter().map(|(labels, value)| (format!("{labels:?}"), value)).collect()
}

#[test]
fn a_quantile_lies_inside_its_bucket() {
    let query = r#"histogram_quantile(0.95, sum by (le) (rate(d_bucket{service="shop"}[5s])))"#;
    let [(labels, value)] = worth(query).try_into().unwrap();
    assert_eq!(labels, "{}");
    assert!((value - 0.55).abs() < 1e-9, "{value}");
}

#[test]
fn a_share_and_a_comparison_are_worked_out() {
    let share = r#"100 * sum(rate(d_bucket{le="0.1"}[5s])) / sum(rate(d_count[5s]))"#;
    assert_eq!(worth(share), [("{}".to_owned(), 90.0)]);
    assert!(worth("sum(rate(d_count[5s])) > 11").is_empty());
    assert_eq!(worth("sum(rate(d_count[5s])) > 9.5").len(), 1);
}

#[test]
fn a_counter_that_was_set_to_zero_does_not_fall() {
    let mut store = store();
    store.add(at(11), samples("d_count{service=\"shop\"} 4\n"));
    let expr = parse("increase(d_count[3s])").unwrap();
    let [(_, grown)] = eval(&store, &expr, at(11)).into_vector().try_into().unwrap();
    assert!((grown - 14.0).abs() < f64::EPSILON, "{grown}");
}

#[test]
fn what_it_cannot_work_out_is_refused_with_its_place() {
    for query in
        ["predict_linear(d_count[1h], 60)", "d_count offset 5m", "sum(", "rate(d_count)", ""]
    {
        assert!(parse(query).is_err(), "{query}");
    }
    let deep = "(".repeat(100_000);
    assert!(parse(&deep).is_err());
}
