//! What this process knows of runbooks, and who carries their steps out.

use std::path::PathBuf;
use std::sync::Arc;

use super::executors::Executors;
use crate::domain::incident::Effect;
use crate::domain::runbook::Book;
use crate::engine::Engine;

/// The runbooks, and who carries their steps out. Replaced as one when files change.
#[derive(Debug, Default)]
pub struct Equipment {
    /// The runbooks.
    pub book: Arc<Book>,
    /// Who carries steps out; none: nobody does, and what a rule starts is handed outside whole.
    pub executors: Option<Arc<dyn Executors>>,
    /// While this file is there nothing is begun by this process, whatever the brain says. A person
    /// makes it when the brain is away.
    pub halt_file: Option<PathBuf>,
}

impl Engine {
    /// Takes runbooks and executors in place of the last ones. A run that goes on keeps its plan.
    pub fn equip(&self, equipment: Equipment) {
        self.equipment.store(Arc::new(equipment));
    }

    /// Takes runbooks in place of the last ones; executors stay.
    pub fn take_runbooks(&self, book: Book) {
        let known = self.equipment.load_full();
        let (executors, halt_file) = (known.executors.clone(), known.halt_file.clone());
        self.equip(Equipment { book: Arc::new(book), executors, halt_file });
    }

    /// Takes executors in place of the last ones, with the file that halts them on this machine;
    /// runbooks stay.
    pub fn take_executors(&self, executors: Arc<dyn Executors>, halt_file: Option<PathBuf>) {
        let known = self.equipment.load_full();
        let book = known.book.clone();
        self.equip(Equipment { book, executors: Some(executors), halt_file });
    }

    /// The runbooks and executors that hold now.
    #[must_use]
    pub fn equipment(&self) -> Arc<Equipment> {
        self.equipment.load_full()
    }

    /// Whether a rule's order is a run of this process; else it goes outside whole.
    pub(in crate::engine) fn runs_itself(&self, effect: &Effect) -> bool {
        let Effect::StartRun { runbook, .. } = effect else { return false };
        let known = self.equipment.load();
        known.executors.is_some() && known.book.get(runbook).is_some()
    }
}
