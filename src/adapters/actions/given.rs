//! What an order gives to its action, by name: the readings that every action needs.
//!
//! The runbook's reader has checked shapes before; here they are checked again, because an executor
//! believes nobody.

use std::collections::BTreeMap;

use super::Fault;
use crate::domain::run::{Assignment, Filled};

/// The values of an order.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a>(&'a Assignment);

impl<'a> Given<'a> {
    /// What this assignment gives.
    #[must_use]
    pub fn new(assignment: &'a Assignment) -> Self {
        Self(assignment)
    }

    fn get(self, name: &str) -> Option<&'a Filled> {
        self.0.order.with.get(name)
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// When it is missing or no text.
    pub fn text(self, name: &str) -> Result<&'a str, Fault> {
        self.text_if(name)?.ok_or_else(|| missing(name))
    }

    /// A text that may be left out.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn text_if(self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(Filled::Text(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    /// A number that may be left out.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn number_if(self, name: &str) -> Result<Option<i64>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(Filled::Number(number)) => Ok(Some(*number)),
            Some(_) => Err(wrong(name, "a number")),
        }
    }

    /// Yes or no; what is left out is no.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn flag(self, name: &str) -> Result<bool, Fault> {
        match self.get(name) {
            None => Ok(false),
            Some(Filled::Flag(flag)) => Ok(*flag),
            Some(_) => Err(wrong(name, "yes or no")),
        }
    }

    /// Texts in their order; what is left out is none.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn list(self, name: &str) -> Result<&'a [String], Fault> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Filled::List(list)) => Ok(list),
            Some(_) => Err(wrong(name, "a list")),
        }
    }

    /// The words of a command: the program and its arguments.
    ///
    /// # Errors
    /// When there is no program, or a word that no program can be given.
    pub fn argv(self, name: &str) -> Result<&'a [String], Fault> {
        let argv = self.list(name)?;
        if argv.first().is_none_or(String::is_empty) {
            return Err(Fault::Refused(format!("`{name}` names no program")));
        }
        if argv.iter().any(|word| word.contains('\0')) {
            return Err(Fault::Refused(format!("`{name}` holds a word with a NUL character")));
        }
        Ok(argv)
    }

    /// Texts by name; what is left out is none.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn map(self, name: &str) -> Result<BTreeMap<&'a str, &'a str>, Fault> {
        match self.get(name) {
            None => Ok(BTreeMap::new()),
            Some(Filled::Map(map)) => {
                Ok(map.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect())
            }
            Some(_) => Err(wrong(name, "texts by name")),
        }
    }
}

fn missing(name: &str) -> Fault {
    Fault::Refused(format!("`{name}` is missing"))
}

fn wrong(name: &str, wanted: &str) -> Fault {
    Fault::Refused(format!("`{name}` is not {wanted}"))
}
