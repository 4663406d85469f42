//! What a rule's runbook would be about, and how far it would go by itself.

use compact_str::CompactString;
use serde::Serialize;

use crate::domain::alert::Labels;
use crate::domain::incident::{RunMode, RunPlan};
use crate::domain::runbook::{Book, Values};

/// What would be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The runbook.
    pub runbook: CompactString,
    /// How far it goes by itself.
    pub mode: RunMode,
    /// What it does, in its author's words. None: no runbook is called so.
    pub summary: Option<String>,
    /// What it works on.
    pub target: Option<String>,
    /// Its parameters, taken from the labels.
    pub values: Values,
    /// Why it would not start.
    pub trouble: Option<String>,
    /// Who may approve it.
    pub approve: Vec<CompactString>,
}

/// Says what a plan would do for an alert with these labels.
#[must_use]
pub fn run(book: &Book, plan: &RunPlan, labels: &Labels) -> Run {
    let mut run = Run {
        runbook: plan.runbook.clone(),
        mode: plan.mode,
        summary: None,
        target: None,
        values: Values::new(),
        trouble: None,
        approve: Vec::new(),
    };
    let Some(runbook) = book.get(&plan.runbook) else {
        run.trouble = Some(format!("no runbook is called `{}`", plan.runbook));
        return run;
    };
    run.summary = Some(runbook.summary.clone());
    run.approve = runbook.approve.iter().flat_map(|approve| approve.by.clone()).collect();
    match runbook.values(&Values::new(), labels) {
        Ok(values) => {
            run.target = runbook.target.fill(&values).ok();
            run.values = values;
        }
        Err(why) => run.trouble = Some(why),
    }
    run
}
