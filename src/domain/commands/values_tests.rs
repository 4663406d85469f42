//! Tables, and what filters make of them.

use super::*;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_316_400 + minutes * 60, 0).unwrap()
}

fn alerts() -> Values {
    let columns = [
        ("service", Kind::Text),
        ("severity", Kind::Severity),
        ("since", Kind::Time),
        (".env", Kind::Text),
    ];
    let mut values = Values::new(&columns, at(60));
    for (service, severity, minute, env) in
        [("cms", "critical", 0, "prod"), ("db", "warning", 55, "prod"), ("cms", "info", 30, "dev")]
    {
        let text = |text: &str| Cell::Text(text.to_owned());
        values.push(vec![text(service), text(severity), Cell::Time(at(minute)), text(env)]);
    }
    values
}

fn shaped(filters: &str) -> Result<String, filter::Bad> {
    let filters: Vec<Filter> = filters.split('|').map(Filter::read).collect::<Result<_, _>>()?;
    Ok(match alerts().filtered(&filters)? {
        Shaped::Text(text) => text,
        Shaped::Values(values) => {
            let table = values.table();
            let rows = table.rows.iter().map(|row| row.join(" ")).collect::<Vec<_>>();
            format!("{}: {} +{}", table.columns.join(" "), rows.join("; "), table.more)
        }
    })
}

#[test]
fn filters_know_what_columns_mean() {
    for (filters, result) in [
        ("where severity>=sev3 | count", "count: 2 +0"),
        ("where severity > warning | fields service", "service: cms +0"),
        ("where since>20m and env=prod | fields service env", "service env: cms prod +0"),
        ("where service=~c.* | sort -severity | fields severity", "severity: critical; info +0"),
        ("where service!=cms | fields service", "service: db +0"),
        ("group service", "service count: cms 2; db 1 +0"),
        ("sort since | head 1 | fields service", "service: cms +2"),
        ("grep DEV | fields severity", "severity: info +0"),
        (
            "head 1 | fields service | json",
            "[{\"service\":\"cms\"}]\n2 more rows: use head or where",
        ),
    ] {
        assert_eq!(shaped(filters).unwrap(), result, "{filters}");
    }
}

#[test]
fn a_wrong_column_or_value_is_named() {
    for (filters, why) in [
        ("where servise=cms", "no column \"servise\" here; there is service"),
        ("sort nothing", "there is service, severity, since"),
        ("where severity>7x", "a severity such as sev2"),
        ("where since>yesterday", "a length of time"),
    ] {
        assert!(shaped(filters).unwrap_err().0.contains(why), "{filters}");
    }
}

#[test]
fn hostile_cells_stay_small_and_on_one_line() {
    let mut values = Values::new(&[("name", Kind::Text)], at(0));
    values.push(vec![Cell::Text("a\nb".repeat(10_000))]);
    let table = values.table();
    assert!(table.rows[0][0].starts_with("a ba b") && table.rows[0][0].len() < 200);
}
