//! Gives panels names that people can type, and keeps Grafana's own names as aliases.

use compact_str::CompactString;

use crate::domain::dashboard::graph::Graph;

/// Characters of a name.
const NAME_MAX: usize = 60;

/// A panel that has no name yet.
#[derive(Debug, Clone)]
pub(in crate::domain::dashboard) struct Foreign {
    /// Its dashboard's uid and title.
    pub(super) board: (String, String),
    /// Its own title.
    pub(super) title: String,
    /// Its number in the dashboard, as Grafana's links have it.
    pub(super) id: u64,
    /// Its place among the panels, from 1.
    pub(super) index: usize,
    /// What it is.
    pub(super) graph: Graph,
}

/// Adds panels to the graphs: each by its title, or by its dashboard and title where another graph
/// has that name.
pub(in crate::domain::dashboard) fn join(panels: Vec<Foreign>, graphs: &mut Vec<Graph>) {
    let titles: Vec<String> = panels.iter().map(|panel| slug(&panel.title)).collect();
    for panel in panels {
        let Foreign { board: (uid, board), title, id, index, mut graph } = panel;
        let short = slug(&title);
        let is_only = titles.iter().filter(|other| **other == short).count() == 1;
        let long = format!("{}.{short}", slug(&board));
        let numbered = format!("{}.panel-{id}", slug(&board));
        let last = format!("{}.{index}", slug(&board));
        let wishes = [Some(short).filter(|_| is_only), Some(long), Some(numbered), Some(last)];
        let is_free = |name: &&String| {
            !name.is_empty() && graphs.iter().all(|known| !known.name.eq_ignore_ascii_case(name))
        };
        let wish = wishes.iter().flatten().find(is_free);
        // Without a free name it can still be asked for by Grafana's own.
        graph.name = wish
            .map_or_else(|| CompactString::from(format!("{uid}:panel-{id}")), CompactString::from);
        graph.aliases = aliases(&[uid, slug(&board)], &title, id, index);
        graphs.push(graph);
    }
}

fn aliases(boards: &[String], title: &str, id: u64, index: usize) -> Vec<String> {
    let of = |board: &String| {
        [format!("{board}:panel-{id}"), format!("{board}:{index}"), format!("{board}:{title}")]
    };
    let mut aliases: Vec<String> =
        boards.iter().filter(|board| !board.is_empty()).flat_map(of).collect();
    aliases.push(format!("panel-{id}"));
    if !title.is_empty() {
        aliases.push(title.to_owned());
    }
    aliases
}

/// `Requests / s (by job)` becomes `requests-s-by-job`.
fn slug(title: &str) -> String {
    let mut name = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() || letter == '_' {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if name.len() >= NAME_MAX {
            break;
        }
    }
    name.trim_end_matches('-').to_owned()
}
