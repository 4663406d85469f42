//! Pictures that were drawn lately: the readers of a room look at the same ones.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::paint::{Format, Painted};
use super::{Graphs, Miss};
use crate::domain::chart::Look;

/// Bytes of all pictures that are held: some hundred of the usual size.
const BYTES_MAX: usize = 16 << 20;

/// A picture's name, look and format.
type Key = (String, String, Format);

/// The newest last.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<VecDeque<(Key, Arc<Painted>)>>);

impl Cache {
    fn get(&self, key: &Key) -> Option<Arc<Painted>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|(known, _)| known == key).map(|(_, painted)| painted.clone())
    }

    fn put(&self, key: Key, painted: Arc<Painted>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(known, _)| *known != key);
        held.push_back((key, painted));
        let mut bytes: usize = held.iter().map(|(_, painted)| painted.bytes.len()).sum();
        while bytes > BYTES_MAX
            && let Some((_, oldest)) = held.pop_front()
        {
            bytes -= oldest.bytes.len();
        }
    }
}

impl Graphs {
    /// Draws a picture that is kept, or takes it from among those that were drawn lately.
    ///
    /// # Errors
    /// When there is no such picture, or the size is out of bounds.
    pub async fn paint_kept(
        &self,
        id: &str,
        look: Look,
        format: Format,
    ) -> Result<Arc<Painted>, Miss> {
        let key = (id.to_owned(), format!("{look:?}"), format);
        if let Some(painted) = self.cache.get(&key) {
            return Ok(painted);
        }
        let chart = self.kept(id).await?;
        let painted = Arc::new(self.paint(chart, look, format).await?);
        self.cache.put(key, painted.clone());
        Ok(painted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_pictures_go_when_there_is_no_room() {
        let cache = Cache::default();
        let key = |name: usize| (name.to_string(), String::new(), Format::Png);
        for name in 0..10 {
            let painted = Painted { format: Format::Png, bytes: vec![0; BYTES_MAX / 4] };
            cache.put(key(name), Arc::new(painted));
        }
        let held: Vec<usize> = (0..10).filter(|name| cache.get(&key(*name)).is_some()).collect();
        assert_eq!(held, [6, 7, 8, 9]);
    }
}
