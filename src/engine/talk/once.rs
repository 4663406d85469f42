//! The same request said twice is done once.
//!
//! A client that hears no answer asks again with the same key. What this process has answered lately
//! is kept here, so that two requests at the same time are one; where there is a room, its log knows
//! it as well, also after a restart.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Said;

/// So many answers are kept: clients ask again within seconds.
const KEPT: usize = 512;

/// Answers by the key of their request.
#[derive(Debug, Default)]
pub(in crate::engine) struct Once(Mutex<VecDeque<(String, Arc<OnceCell<Said>>)>>);

impl Once {
    /// The place of this request's answer: whoever comes second waits for the first.
    pub(super) fn place(&self, key: String) -> Arc<OnceCell<Said>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, place)) = kept.iter().find(|(known, _)| *known == key) {
            return place.clone();
        }
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        let place = Arc::new(OnceCell::new());
        kept.push_back((key, place.clone()));
        place
    }
}
