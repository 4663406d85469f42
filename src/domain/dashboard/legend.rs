//! What lines are called: what the author wrote, or the labels that tell them apart.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::graph::Values;
use crate::domain::chart::Series;

/// Letters of a name: a legend shows fewer.
const NAME_LETTERS_MAX: usize = 200;
/// The label that holds a metric's name.
const METRIC: &str = "__name__";

/// Names the series of all queries. Each group is what one query gave, with the legend that its
/// author wrote; `title` names a line that nothing else names.
#[must_use]
pub fn name_series(
    groups: Vec<(Option<String>, Vec<Series>)>,
    values: &Values,
    title: &str,
) -> Vec<Series> {
    let (mut named, mut nameless) = (Vec::new(), Vec::new());
    for (legend, series) in groups {
        match legend {
            Some(legend) => named.extend(by_legend(&legend, series, values)),
            None => nameless.extend(series),
        }
    }
    named.extend(by_difference(nameless, title));
    tell_apart(&mut named);
    for series in &mut named {
        if series.name.chars().nth(NAME_LETTERS_MAX).is_some() {
            series.name = series.name.chars().take(NAME_LETTERS_MAX).chain(['…']).collect();
        }
    }
    named
}

fn by_legend(legend: &str, mut series: Vec<Series>, values: &Values) -> Vec<Series> {
    for one in &mut series {
        one.name = fill(legend, one, values);
    }
    let mut seen = BTreeSet::new();
    let is_ambiguous = series.iter().any(|one| !seen.insert(one.name.clone()));
    if is_ambiguous {
        let differing = differing(&series);
        for one in &mut series {
            let rest = labels(one, &differing);
            if !rest.is_empty() {
                one.name = format!("{} {rest}", one.name);
            }
        }
    }
    series
}

/// `{{instance}}` becomes the label of the line, or the argument of that name.
fn fill(legend: &str, series: &Series, values: &Values) -> String {
    let (mut name, mut rest) = (String::new(), legend);
    while let Some((text, after)) = rest.split_once("{{") {
        name.push_str(text);
        let Some((label, after)) = after.split_once("}}") else {
            rest = after;
            break;
        };
        let label = label.trim();
        match (series.labels.get(label), values.get(label)) {
            (Some(value), _) => name.push_str(value),
            (None, Some(value)) => name.push_str(&value.told()),
            (None, None) => {}
        }
        rest = after;
    }
    name.push_str(rest);
    name.trim().to_owned()
}

fn by_difference(mut series: Vec<Series>, title: &str) -> Vec<Series> {
    let differing = differing(&series);
    for one in &mut series {
        let name = labels(one, &differing);
        one.name = if !name.is_empty() {
            name
        } else if let Some(metric) = one.labels.get(METRIC) {
            metric.to_string()
        } else {
            title.to_owned()
        };
    }
    series
}

/// The labels that are not the same on all lines.
fn differing(series: &[Series]) -> Vec<CompactString> {
    let mut seen: BTreeMap<&CompactString, (BTreeSet<&CompactString>, usize)> = BTreeMap::new();
    for (label, value) in series.iter().flat_map(|one| &one.labels) {
        let (values, count) = seen.entry(label).or_default();
        values.insert(value);
        *count += 1;
    }
    let differs = |values: &BTreeSet<_>, count| values.len() > 1 || count < series.len();
    seen.into_iter()
        .filter(|(_, (values, count))| differs(values, *count))
        .map(|(label, _)| label.clone())
        .collect()
}

/// One differing label is said by its value alone; several are said with their names.
fn labels(series: &Series, differing: &[CompactString]) -> String {
    if let [label] = differing {
        return series.labels.get(label).map_or_else(String::new, ToString::to_string);
    }
    let pairs = differing.iter().filter_map(|label| {
        let value = series.labels.get(label)?;
        Some(if label == METRIC { value.to_string() } else { format!("{label}={value}") })
    });
    pairs.collect::<Vec<_>>().join(" ")
}

/// Lines with one name get a number.
fn tell_apart(series: &mut [Series]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for one in series {
        let count = seen.entry(one.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            one.name = format!("{} ({count})", one.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(labels: &[(&str, &str)]) -> Series {
        let labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Series { labels: labels.collect(), ..Series::default() }
    }

    fn names(groups: Vec<(Option<&str>, Vec<Series>)>) -> Vec<String> {
        let groups = groups.into_iter().map(|(legend, all)| (legend.map(str::to_owned), all));
        let named = name_series(groups.collect(), &Values::new(), "title");
        named.into_iter().map(|one| one.name).collect()
    }

    #[test]
    fn only_the_labels_that_differ_are_said() {
        let two = |label, one, other| {
            vec![series(&[("job", "x"), (label, one)]), series(&[("job", "x"), (label, other)])]
        };
        assert_eq!(names(vec![(None, two("instance", "a", "b"))]), ["a", "b"]);
        let odd = vec![series(&[("a", "1"), ("b", "2")]), series(&[("a", "2")])];
        assert_eq!(names(vec![(None, odd)]), ["a=1 b=2", "a=2"]);
        assert_eq!(names(vec![(None, vec![series(&[("__name__", "up")])])]), ["up"]);
        assert_eq!(names(vec![(None, vec![series(&[])])]), ["title"]);
    }

    #[test]
    fn a_legend_is_filled_and_made_unique() {
        let one = || series(&[("instance", "a"), ("le", "{{job}}")]);
        assert_eq!(names(vec![(Some("{{ instance }} {{le}}"), vec![one()])]), ["a {{job}}"]);
        assert_eq!(names(vec![(Some("{{gone}}x{{"), vec![one()])]), ["x"]);
        let both = vec![series(&[("i", "a")]), series(&[("i", "b")])];
        assert_eq!(names(vec![(Some("p99"), both)]), ["p99 a", "p99 b"]);
        let same = vec![series(&[]), series(&[])];
        assert_eq!(names(vec![(Some("p99"), same)]), ["p99", "p99 (2)"]);
    }
}
