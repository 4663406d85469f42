//! Finds the graph that somebody means.

use super::bad::Bad;
use super::graph::Graph;
use super::library::Library;
use super::request::shown;

/// Words of a title at most.
const TITLE_WORDS_MAX: usize = 12;
/// How many names are offered in place of one that is not there.
const OFFERED_MAX: usize = 3;
/// Names that are this much alike are probably misspellings of each other (Jaro-Winkler, 0 to 1).
const LIKENESS: f64 = 0.85;
/// The argument that a lone word is taken for: `graph cms`.
const SERVICE: &str = "service";
/// What hubot-grafana's users type before a name.
const PREFIXES: [&str; 3] = ["db", "dash", "dashboard"];

/// The graph that was meant.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) graph: &'a Graph,
    /// What was typed besides its name.
    pub(super) rest: Vec<String>,
    /// Others that were meant as well.
    pub(super) also: Vec<&'a Graph>,
}

impl Library {
    /// Whether a graph of this name can be drawn; else near names, the likeliest first.
    ///
    /// # Errors
    /// Why not, with near names.
    pub fn knows(&self, name: &str) -> Result<(), Bad> {
        match self.exact(name)?.or(self.inside_dashboard(name)?) {
            Some(graph) => supported(graph).map(|_| ()),
            None => Err(self.unknown(name)),
        }
    }

    pub(super) fn find(&self, words: &[String]) -> Result<Found<'_>, Bad> {
        let Some(first) = words.first() else { return Err(self.which()) };
        if let Some(found) = self.by_name(words)? {
            return Ok(found);
        }
        if let (true, [_, rest @ ..]) = (PREFIXES.contains(&first.as_str()), words)
            && !rest.is_empty()
        {
            return self.find(rest);
        }
        // `graph cms latency`: the name stands somewhere else.
        for (at, word) in words.iter().enumerate().skip(1) {
            if let Some(graph) = self.exact(word)? {
                let rest = words.iter().take(at).chain(words.iter().skip(at + 1));
                let rest = rest.cloned().collect();
                return Ok(Found { graph: supported(graph)?, rest, also: Vec::new() });
            }
        }
        if self.near(first).first().is_some_and(|(likeness, _)| *likeness >= LIKENESS) {
            return Err(self.unknown(first));
        }
        self.of_service(words).ok_or_else(|| self.unknown(first))
    }

    /// By the name, an alias or a title: the longest that the words begin with.
    fn by_name(&self, words: &[String]) -> Result<Option<Found<'_>>, Bad> {
        for count in (1..=words.len().min(TITLE_WORDS_MAX)).rev() {
            let (name, rest) = words.split_at_checked(count).unwrap_or_default();
            let name = name.join(" ");
            let graph = match self.exact(&name)? {
                None if count == 1 => self.inside_dashboard(&name)?,
                graph => graph,
            };
            if let Some(graph) = graph {
                let graph = supported(graph)?;
                return Ok(Some(Found { graph, rest: rest.to_vec(), also: Vec::new() }));
            }
        }
        Ok(None)
    }

    fn exact(&self, name: &str) -> Result<Option<&Graph>, Bad> {
        if let Some(graph) = self.graphs.iter().find(|graph| graph.name.eq_ignore_ascii_case(name))
        {
            return Ok(Some(graph));
        }
        let wanted = name.to_lowercase();
        let is_alias = |graph: &&Graph| graph.aliases.iter().any(|it| it.to_lowercase() == wanted);
        one_of(name, &self.graphs.iter().filter(is_alias).collect::<Vec<_>>())
    }

    /// `uid:text`, as hubot-grafana has it: a part of a panel's title.
    fn inside_dashboard(&self, name: &str) -> Result<Option<&Graph>, Bad> {
        let name = name.to_lowercase();
        let (board, part) = name.split_once(':').unwrap_or((name.as_str(), ""));
        let is_one = |alias: &String| {
            let alias = alias.to_lowercase();
            alias.split_once(':').is_some_and(|(of, title)| of == board && title.contains(part))
        };
        let found = self.graphs.iter().filter(|graph| graph.aliases.iter().any(is_one));
        one_of(&name, &found.collect::<Vec<_>>())
    }

    /// `graph cms`: the graphs that want to know a service and nothing else.
    fn of_service(&self, words: &[String]) -> Option<Found<'_>> {
        let [service] = words else { return None };
        let is_one = |graph: &&Graph| {
            let mut needed = graph.needed();
            needed.next().is_some_and(|arg| arg.name == SERVICE) && needed.next().is_none()
        };
        let mut graphs = self.offered().filter(is_one);
        let graph = graphs.next()?;
        Some(Found { graph, rest: vec![service.clone()], also: graphs.collect() })
    }

    fn which(&self) -> Bad {
        let names: Vec<&str> = self.offered().map(|graph| graph.name.as_str()).take(20).collect();
        if names.is_empty() {
            return Bad::new(
                "There are no graphs yet: put dashboards into the dashboards folder, or give a query.",
            )
            .instead("graph q=\"rate(x[5m])\" 1h");
        }
        let example = self.offered().next().map(Graph::usage).unwrap_or_default();
        Bad::new(format!("Which graph? There are: {}.", names.join(", ")))
            .instead(format!("{example} 1h"))
    }

    pub(super) fn unknown(&self, name: &str) -> Bad {
        let near = self.near(name);
        if near.is_empty() {
            return self.which();
        }
        let mut bad = Bad::new(format!("There is no graph {}.", shown(name)));
        bad.instead = near.iter().take(OFFERED_MAX).map(|(_, graph)| graph.usage()).collect();
        bad
    }

    /// All graphs, the name most like this one first.
    fn near(&self, name: &str) -> Vec<(f64, &Graph)> {
        let wanted = name.to_lowercase();
        let likeness = |graph: &Graph| {
            let names = std::iter::once(graph.name.as_str());
            let names = names.chain(graph.aliases.iter().map(String::as_str));
            names
                .map(|name| strsim::jaro_winkler(&wanted, &name.to_lowercase()))
                .fold(0.0, f64::max)
        };
        let mut all: Vec<(f64, &Graph)> =
            self.offered().map(|graph| (likeness(graph), graph)).collect();
        all.sort_by(|one, other| other.0.total_cmp(&one.0));
        all
    }
}

fn one_of<'a>(name: &str, found: &[&'a Graph]) -> Result<Option<&'a Graph>, Bad> {
    match found {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        many => {
            let mut bad = Bad::new(format!("{} graphs are called {}.", many.len(), shown(name)));
            let offered = many.iter().filter(|graph| graph.is_offered());
            bad.instead = offered.take(OFFERED_MAX).map(|graph| graph.usage()).collect();
            Err(bad)
        }
    }
}

fn supported(graph: &Graph) -> Result<&Graph, Bad> {
    match &graph.unsupported {
        None => Ok(graph),
        Some(why) => Err(Bad::new(format!(
            "{} ({}) cannot be drawn here: {why}.",
            shown(&graph.name),
            graph.at.file
        ))),
    }
}
