//! Everything about an incident in one file that needs nothing else.

use std::sync::Arc;

use crate::domain::chart::Look;
use crate::domain::ids::Number;
use crate::domain::messages::capsule::{Known, Run, Shown, document};
use crate::engine::Engine;
use crate::engine::graphs::Format;
use crate::engine::runs::RunView;
use crate::engine::views::Refusal;

/// Pictures in one file: a room has some ten.
const PICTURES_MAX: usize = 60;

impl Engine {
    /// Everything that is known of an incident as one HTML file: no script, and nothing from outside.
    ///
    /// # Errors
    /// When there is none with this number, or the brain is away.
    pub async fn capsule(self: &Arc<Self>, number: Number) -> Result<String, Refusal> {
        let dossier = self.dossier(number).await?;
        let (_, head) = self.numbered(number).await?;
        let policy = serde_json::to_string_pretty(&head.policy).unwrap_or_default();
        let mut pictures = Vec::new();
        for (at, picture) in dossier.pictures().into_iter().take(PICTURES_MAX) {
            // One that is too old to be kept is told by its words.
            let Ok(chart) = self.graphs.kept(&picture.id).await else {
                pictures.push(Shown { at, picture, svg: None, chart: None });
                continue;
            };
            let painted = self.graphs.paint(chart.clone(), Look::default(), Format::Svg).await.ok();
            let svg = painted.map(|painted| painted.bytes);
            pictures.push(Shown { at, picture, svg, chart: Some(chart) });
        }
        let ran = dossier.ran();
        let run = |(view, ran): (&RunView, _)| Run {
            ran,
            plan: view.plan.clone(),
            steps: view
                .steps
                .iter()
                .map(|step| (step.name.clone(), format!("{}: {}", step.does, step.word)))
                .collect(),
        };
        let runs: Vec<Run> = dossier.runs.iter().zip(ran).map(run).collect();
        Ok(document(&Known {
            review: &dossier.review,
            told: &dossier.told,
            entries: &dossier.entries,
            runs: &runs,
            pictures: &pictures,
            policy: &policy,
            at: self.clock.now(),
        }))
    }
}
