//! Reads the parameters of a query, and says which one is wrong.

use std::fmt::Display;
use std::str::FromStr;

use url::form_urlencoded;

use crate::server::limits;
use crate::server::problem::Problem;

/// The parameters of one query.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Splits a query; a parameter that is not in `known` is a mistake, not a wish.
    pub(super) fn read(text: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(text.unwrap_or_default().as_bytes()).into_owned().collect();
        match pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(Self(pairs)),
            Some((name, _)) => Err(Problem::invalid(format!(
                "there is no parameter {name:?} here; there is {}",
                known.join(", ")
            ))),
        }
    }

    /// The value of a parameter, if it is there.
    pub(super) fn get<T>(&self, name: &str) -> Result<Option<T>, Problem>
    where
        T: FromStr,
        T::Err: Display,
    {
        let Some((_, value)) = self.0.iter().find(|(known, _)| known == name) else {
            return Ok(None);
        };
        let bad =
            |error: T::Err| Problem::invalid(format!("cannot read {name}={value:?}: {error}"));
        value.parse().map(Some).map_err(bad)
    }

    /// How many rows are wanted, as `max` or, in older routes, `limit`: some, and never more than a page may have.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        let limit = self.get::<usize>("max")?;
        match limit.or(self.get::<usize>("limit")?) {
            None => Ok(limits::PAGE),
            Some(0) => Err(Problem::invalid("limit=0 asks for nothing")),
            Some(limit) => Ok(limit.min(limits::PAGE_MAX)),
        }
    }
}
