//! Hears one line and sees it through.

use std::sync::Arc;
use std::time::Duration;

use compact_str::format_compact;

use super::answer::{Answer, Trouble, button, sentence};
use super::desk::{Asked, Desk};
use super::enter::Request;
use super::read::{self, Command, Heard, Plan, Read, Target};
use super::{Origin, Outcome, Said, Spoken, audit};
use crate::domain::commands::{Alias, Mistake, Place, Spec, clean, verb_of};
use crate::domain::messages::talk as messages;
use crate::domain::room::Post;
use crate::domain::trail;
use crate::engine::Engine;

/// Why a command begins that has yet to find what it is about.
const SOUGHT: &str = "the command asks when it has found its target";
/// How long a command may take: people wait behind it, and every source has a shorter limit.
const COMMAND_MAX: Duration = Duration::from_secs(30);

impl Engine {
    /// Hears one line: runs it if it is a command, and says what came of it. In a room, what was
    /// typed and answered stands in the room's log.
    pub async fn say(self: &Arc<Self>, spoken: Spoken<'_>) -> Said {
        let Some(key) = spoken.key else {
            let id = format_compact!("{:032x}", self.clock.random());
            return self.hear(&Request { spoken, typed: clean(spoken.line), id }).await;
        };
        // A key names a request of one person in one room: nobody is answered with another's answer.
        let id = format_compact!("{}/{key}", spoken.actor.name);
        let place = self.said.place(format!("{:?} {id}", spoken.room));
        let request = Request { spoken, typed: clean(spoken.line), id };
        place.get_or_init(|| async { self.hear_once(&request).await }).await.clone()
    }

    /// Answers as before where the room's log has the answer.
    async fn hear_once(self: &Arc<Self>, request: &Request<'_>) -> Said {
        match self.answered(request).await {
            Some(said) => said,
            None => self.hear(request).await,
        }
    }

    async fn hear(self: &Arc<Self>, request: &Request<'_>) -> Said {
        let Request { spoken, typed, .. } = request;
        if spoken.origin != Origin::Typed {
            return self.said_only(request).await;
        }
        let place = match self.where_it_is(spoken.room).await {
            Ok(place) => place,
            Err(refusal) => return told(refusal.into()),
        };
        let must_answer = typed.is_addressed || spoken.room.is_none();
        let aliases = self.aliases_for(&typed.line).await;
        match read::read(&typed.line, must_answer, &place, &aliases) {
            Heard::Conversation => self.said_only(request).await,
            Heard::Mistake(mistake) => {
                self.not_done(request, must_answer, Trouble::Mistaken(mistake)).await
            }
            Heard::Command(read) => self.obey(request, place, *read).await,
        }
    }

    /// Answers whoever typed what is not done, and nobody else. What was not said to us may have been
    /// meant for the others.
    async fn not_done(&self, request: &Request<'_>, was_to_us: bool, trouble: Trouble) -> Said {
        if !was_to_us {
            self.said_only(request).await;
        }
        let said = told(trouble);
        audit::record(&request.spoken, &request.typed.line, said.outcome, "not understood");
        said
    }

    async fn obey(self: &Arc<Self>, request: &Request<'_>, place: Place, read: Read) -> Said {
        let Request { spoken, typed, .. } = request;
        let Read { command: Command { spec, .. }, plan, filters, ran, note } = read;
        if !spec.is_private {
            self.enter_line(request).await;
        }
        let incident = match plan.target {
            Target::Incident(number) => Some(number),
            Target::Nothing
            | Target::Run(_)
            | Target::Named(_)
            | Target::Placed(..)
            | Target::Sought => place.number(),
        };
        let asked = Asked {
            incident: incident.map(|number| number.0),
            line: ran.clone(),
            room: spoken.room.unwrap_or_default().into(),
            record: Arc::default(),
        };
        let desk = Desk {
            engine: self.clone(),
            actor: spoken.actor.clone(),
            place,
            now: self.clock.now(),
            asked,
        };
        let (answered, why) = match self.permitted(&desk, spec, &plan.target).await {
            Ok(by) => (run(plan, desk.clone()).await, by),
            Err(trouble) => (Err(trouble), "not allowed".to_owned()),
        };
        let answered = answered.and_then(|answer| {
            let bad = |bad| Trouble::Mistaken(Mistake::new(sentence(&format!("{bad}"))));
            answer.into_post(&filters).map_err(bad)
        });
        let mut said = answered.map_or_else(told, done);
        audit::record(spoken, &ran, said.outcome, &why);
        self.note_end(&desk, spec, &said).await;
        let filled_in = Some(ran.as_str()).filter(|ran| {
            *ran != typed.line && spoken.room.is_some() && said.post.picture.is_none()
        });
        said.post.text = noted(&said.post.text, note, filled_in);
        said.private = spec.is_private;
        said.ran = ran;
        if !spec.is_private {
            said.entry = self.enter_answer(request, &said.post).await;
        }
        said
    }

    /// Whether they may, and by what; nothing is written down.
    pub(super) async fn allowed(
        &self,
        desk: &Desk,
        spec: &Spec,
        target: &Target,
    ) -> Result<String, Trouble> {
        match self.about(desk, spec, target).await? {
            Some((resource, environment)) => desk.allowed(spec, (&resource, &environment)),
            None => Ok(SOUGHT.to_owned()),
        }
    }

    /// Lets them, and writes that down before anything is done.
    async fn permitted(
        &self,
        desk: &Desk,
        spec: &Spec,
        target: &Target,
    ) -> Result<String, Trouble> {
        match self.about(desk, spec, target).await? {
            Some((resource, environment)) => desk.permit(spec, (&resource, &environment)).await,
            None => Ok(SOUGHT.to_owned()),
        }
    }

    /// What rights are about: the target's service, and where. None: only the command finds it.
    async fn about(
        &self,
        desk: &Desk,
        spec: &Spec,
        target: &Target,
    ) -> Result<Option<(String, String)>, Trouble> {
        if spec.changes {
            // What was given or taken back at another replica counts from now on.
            self.look_at_grants().await;
        }
        let mut environment = String::new();
        let resource = match target {
            Target::Sought => return Ok(None),
            Target::Nothing => String::new(),
            Target::Named(name) => name.clone(),
            Target::Placed(name, place) => {
                environment.clone_from(place);
                name.clone()
            }
            Target::Run(number) => {
                let run = self.run(*number).await?;
                environment = run.environment.unwrap_or_default();
                run.runbook
            }
            Target::Incident(number) if desk.place.number() == Some(*number) => {
                desk.place.resource().to_owned()
            }
            Target::Incident(number) if spec.changes => {
                let view = self.incident(*number).await?;
                view.labels.get("service").map(ToString::to_string).unwrap_or_default()
            }
            Target::Incident(_) => String::new(),
        };
        Ok(Some((resource, environment)))
    }

    /// What was allowed and did not happen has a second record, which names the first.
    async fn note_end(&self, desk: &Desk, spec: &Spec, said: &Said) {
        let Some(of) = desk.asked.record.get() else { return };
        let verdict = match said.outcome {
            Outcome::Done => return,
            Outcome::Refused | Outcome::Misunderstood => trail::Verdict::Refused,
            Outcome::Failed => trail::Verdict::Failed,
        };
        let why = said.post.text.lines().next().unwrap_or_default();
        self.note_outcome(&desk.attempt(spec, ("", "")), *of, (verdict, why)).await;
    }

    /// The aliases, where a line does not begin with a command.
    async fn aliases_for(&self, line: &str) -> Vec<Alias> {
        let (verb, _) = verb_of(line);
        if verb.is_empty() || read::is_taken(&verb) {
            return Vec::new();
        }
        self.aliases().await.unwrap_or_default()
    }
}

/// Runs a plan, for as long as somebody waits for it.
async fn run(plan: Plan, desk: Desk) -> Result<Answer, Trouble> {
    tokio::time::timeout(COMMAND_MAX, (plan.act)(desk)).await.unwrap_or_else(|_| {
        let seconds = COMMAND_MAX.as_secs();
        Err(Trouble::Failed(messages::too_slow(seconds)))
    })
}

fn done(post: Post) -> Said {
    Said { ran: String::new(), outcome: Outcome::Done, post, private: false, entry: None }
}

/// The answer to what was not done.
fn told(trouble: Trouble) -> Said {
    let (outcome, text, offers) = match trouble {
        Trouble::Refused(text) => (Outcome::Refused, text, Vec::new()),
        Trouble::Failed(text) => (Outcome::Failed, text, Vec::new()),
        Trouble::Mistaken(Mistake { text, offers }) => (Outcome::Misunderstood, text, offers),
    };
    let buttons = offers.into_iter().map(|line| button(&line, line.clone())).collect();
    let post = Post { text, buttons, ..Post::default() };
    Said { ran: String::new(), outcome, post, private: true, entry: None }
}

/// The answer's text, with a word about how the line was read, or what was filled in.
fn noted(text: &str, note: Option<String>, ran: Option<&str>) -> String {
    match (note, ran) {
        (Some(note), _) => format!("{text}\n{note}"),
        (None, Some(ran)) => format!("{text}\n{}", messages::ran(ran)),
        (None, None) => text.to_owned(),
    }
}
