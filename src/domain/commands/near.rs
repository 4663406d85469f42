//! Names that look like a mistyped one.

/// How many are offered at most: a phone shows three buttons in a row.
const NEAR_MAX: usize = 3;

/// The known names that look like this one, the nearest first. One letter may be wrong in a short
/// name, two in a longer one; a name that the mistyped one is a part of is near as well.
pub fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<(usize, &str)> =
        known.into_iter().filter_map(|it| Some((distance(name, it)?, it))).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(NEAR_MAX).map(|(_, it)| it).collect()
}

/// The one known name that this must have been; none where two are as near, or none is near enough
/// to run without asking.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|it| Some((distance(name, it).filter(|it| *it <= 2)?, it)))
        .collect();
    found.sort_unstable();
    match found.as_slice() {
        [(_, only)] => Some(only),
        [(best, first), (second, _), ..] if best < second => Some(first),
        _ => None,
    }
}

/// How far apart two names are; none: too far. A part of a name is further than any typo.
fn distance(name: &str, known: &str) -> Option<usize> {
    let length = name.chars().count();
    let most = match length {
        0 | 1 => 0,
        2 | 3 => 1,
        _ => 2,
    };
    let (name, known) = (name.to_lowercase(), known.to_lowercase());
    let typos = strsim::damerau_levenshtein(&name, &known);
    if typos <= most {
        return Some(typos);
    }
    (length >= 3 && known.contains(&name)).then_some(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 6] = ["ack", "alerts", "alias", "graph", "status", "silence"];

    #[test]
    fn a_typo_has_one_nearest_name() {
        for (typo, name) in
            [("grpah", "graph"), ("stauts", "status"), ("alets", "alerts"), ("akc", "ack")]
        {
            assert_eq!(nearest(typo, KNOWN), Some(name), "{typo}");
        }
        assert_eq!(nearest("tree", KNOWN), None);
        assert_eq!(nearest("ab", ["ac", "ad"]), None);
    }

    #[test]
    fn three_near_names_are_offered() {
        assert_eq!(near("web", ["web-1", "web-2", "web-3", "web-4"]), ["web-1", "web-2", "web-3"]);
        assert_eq!(near("xyz", KNOWN), Vec::<&str>::new());
    }
}
