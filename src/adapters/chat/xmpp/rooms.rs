//! Rooms: made once for a marker, found again, closed and reopened.
//!
//! A room's address is made of its name and the marker, so a second try meets the first one's room.
//! It is ours when we are its only owner and it carries our mark; a stranger's costs a suffix. A
//! closed room keeps its people and its archive; it is moderated, and who is in it loses their voice.

use compact_str::CompactString;
use sha2::{Digest as _, Sha256};
use tokio_xmpp::minidom::Element;

use super::link::{Asked, lock};
use super::platform::Xmpp;
use super::xml::{
    CLIENT, CONFERENCE, DATA, DISCO_INFO, DISCO_ITEMS, MUC, MUC_ADMIN, MUC_OWNER, esc, field, form,
};
use crate::adapters::chat::platform::{Opening, Room};
use crate::adapters::chat::words::visible;
use crate::adapters::failure::Failure;
use crate::domain::line::cut;

/// Strangers' rooms under one name before we give up: more is somebody's joke.
const SUFFIXES_MAX: usize = 5;
/// Others of our nickname in one room: as many replicas nobody runs.
const NICKS_MAX: usize = 5;
/// Characters of the readable part of an address.
const NAME_MAX: usize = 60;
/// Characters of a subject: what clients show of one.
const TOPIC_MAX: usize = 1_000;
const CONFIG: &str = "http://jabber.org/protocol/muc#roomconfig";

/// How we came into a room.
enum Entered {
    /// It was not there: we made it by entering.
    Made,
    /// It was there.
    Found,
    /// It does not let us in.
    Shut(Failure),
}

impl Xmpp {
    pub(super) async fn open_room(&self, opening: Opening<'_>) -> Result<Room, Failure> {
        let service = self.rooms_service().await?;
        let mark = self.mark(opening.marker);
        for suffix in 0..SUFFIXES_MAX {
            let room = format!("{}@{service}", local(opening.name, &mark, suffix));
            let is_ours = match self.enter(&room).await? {
                Entered::Made => true,
                Entered::Found => self.is_ours(&room, &mark).await?,
                Entered::Shut(_) => false,
            };
            if !is_ours {
                self.leave(&room).await?;
                continue;
            }
            self.configure(&room, &opening, &mark).await?;
            self.set_topic(&room, opening.topic).await?;
            // Who cannot be invited must not cost the room.
            if let Err(failure) = self.invite_all(&room, opening.invite).await {
                tracing::debug!(%failure, "not everybody could be invited at once");
            }
            self.tell_replicas(&room).await?;
            let url = Some(format!("xmpp:{room}?join"));
            return Ok(Room { id: room.into(), name: opening.name.to_owned(), url });
        }
        let why = format!("{SUFFIXES_MAX} rooms of strangers have the names that we would take");
        Err(Failure::Refused { why })
    }

    pub(super) async fn find_room(&self, name: &str) -> Result<Room, Failure> {
        let bare = name.trim_start_matches('#');
        let room = match bare.contains('@') {
            true => bare.to_owned(),
            false => format!("{bare}@{}", self.rooms_service().await?),
        };
        let is_there = self.is_there(&room).await?;
        let entered = if is_there { self.enter(&room).await? } else { shut() };
        match entered {
            Entered::Made | Entered::Found => {
                if !self.shows_addresses(&room).await? {
                    let room = visible(&room);
                    let why = format!("{room} hides who speaks: show real addresses to everybody");
                    return Err(Failure::Broken { why });
                }
                self.tell_replicas(&room).await?;
                let url = Some(format!("xmpp:{room}?join"));
                Ok(Room { id: room.into(), name: bare.to_owned(), url })
            }
            Entered::Shut(failure) => {
                let me = &self.options.jid;
                let why = format!(
                    "there is no room {} that {me} may enter: make it, or make {me} a member \
                     ({failure})",
                    visible(&room)
                );
                Err(Failure::Broken { why })
            }
        }
    }

    /// Comes into a room that is known: one that is gone is not made anew.
    pub(super) async fn must_be_in(&self, room: &str) -> Result<(), Failure> {
        self.link.up().await?;
        if lock(&self.link.shared.joined).contains_key(room) {
            return Ok(());
        }
        let entered = if self.is_there(room).await? { self.enter(room).await? } else { shut() };
        match entered {
            Entered::Found => Ok(()),
            Entered::Made => {
                self.destroy(room).await?;
                Err(gone(room))
            }
            Entered::Shut(_) => Err(gone(room)),
        }
    }

    async fn is_there(&self, room: &str) -> Result<bool, Failure> {
        let asked = self.link.ask("get", room, &format!("<query xmlns='{DISCO_INFO}'/>")).await?;
        Ok(matches!(asked, Asked::Done(_)))
    }

    /// Whether a room shows everybody's real address to everybody.
    pub(super) async fn shows_addresses(&self, room: &str) -> Result<bool, Failure> {
        let query = format!("<query xmlns='{DISCO_INFO}'/>");
        let info = self.link.ask("get", room, &query).await?.done("cannot look at the room")?;
        let mut features = info.iter().flat_map(Element::children);
        Ok(features.any(|it| it.attr("var") == Some("muc_nonanonymous")))
    }

    async fn enter(&self, room: &str) -> Result<Entered, Failure> {
        if lock(&self.link.shared.joined).contains_key(room) {
            return Ok(Entered::Found);
        }
        let own = self.nick();
        for number in 1..=NICKS_MAX {
            let nick = if number == 1 { own.clone() } else { format!("{own}-{number}") };
            let xml = format!(
                "<presence xmlns='{CLIENT}' to='{}/{}'><x xmlns='{MUC}'><history maxstanzas='0'/></x>\
                 </presence>",
                esc(room),
                esc(&nick)
            );
            match self.link.send_and_wait(&format!("join/{room}"), &xml).await? {
                Asked::Done(user) => {
                    let is_new = user.is_some_and(|user| {
                        user.children().any(|it| it.attr("code") == Some("201"))
                    });
                    return Ok(if is_new { Entered::Made } else { Entered::Found });
                }
                Asked::Refused(why, _) if why == "conflict" => {}
                refused => {
                    return match refused.done("cannot enter the room") {
                        Err(failure @ Failure::Refused { .. }) => Ok(Entered::Shut(failure)),
                        Err(failure) => Err(failure),
                        Ok(_) => Ok(Entered::Found),
                    };
                }
            }
        }
        Err(Failure::Refused { why: "our nickname is taken in the room".to_owned() })
    }

    async fn leave(&self, room: &str) -> Result<(), Failure> {
        let Some(nick) = lock(&self.link.shared.joined).remove(room) else { return Ok(()) };
        let (room, nick) = (esc(room), esc(&nick));
        let to = format!("{room}/{nick}");
        self.link.send(&format!("<presence xmlns='{CLIENT}' type='unavailable' to='{to}'/>")).await
    }

    /// Nobody else owns it, and it carries our mark or was never configured.
    async fn is_ours(&self, room: &str, mark: &str) -> Result<bool, Failure> {
        let query = format!("<query xmlns='{MUC_ADMIN}'><item affiliation='owner'/></query>");
        let owners = match self.link.ask("get", room, &query).await? {
            Asked::Done(owners) => owners,
            Asked::Refused(..) => return Ok(false),
        };
        let me = self.bare();
        let mut owners = owners.iter().flat_map(Element::children);
        if !owners.all(|owner| owner.attr("jid") == Some(me.as_str())) {
            return Ok(false);
        }
        let query = format!("<query xmlns='{DISCO_INFO}'/>");
        let info = self.link.ask("get", room, &query).await?.done("cannot look at the room")?;
        let form = info.as_ref().and_then(|info| info.get_child("x", DATA));
        let words = form.and_then(|form| field(form, "muc#roominfo_description"));
        let words = words.unwrap_or_default();
        Ok(words.is_empty() || words.contains(mark))
    }

    async fn configure(
        &self,
        room: &str,
        opening: &Opening<'_>,
        mark: &str,
    ) -> Result<(), Failure> {
        let name = visible(opening.name);
        self.set_config(
            room,
            &[
                ("muc#roomconfig_roomname", &name),
                ("muc#roomconfig_roomdesc", &format!("An incident's room (warroom {mark})")),
                ("muc#roomconfig_persistentroom", "1"),
                ("muc#roomconfig_membersonly", "1"),
                ("muc#roomconfig_publicroom", "0"),
                ("muc#roomconfig_allowinvites", "1"),
                ("muc#roomconfig_whois", "anyone"),
                ("muc#roomconfig_enablearchiving", "1"),
                ("muc#roomconfig_moderatedroom", "0"),
                ("muc#roomconfig_changesubject", "1"),
            ],
        )
        .await
    }

    async fn set_config(&self, room: &str, fields: &[(&str, &str)]) -> Result<(), Failure> {
        let payload = format!("<query xmlns='{MUC_OWNER}'>{}</query>", form(CONFIG, fields));
        self.link.ask("set", room, &payload).await?.done("cannot configure the room")?;
        Ok(())
    }

    async fn destroy(&self, room: &str) -> Result<(), Failure> {
        let payload = format!("<query xmlns='{MUC_OWNER}'><destroy/></query>");
        self.link.ask("set", room, &payload).await?.done("cannot destroy the room")?;
        Ok(())
    }

    pub(super) async fn invite_all(
        &self,
        room: &str,
        people: &[CompactString],
    ) -> Result<(), Failure> {
        if people.is_empty() {
            return Ok(());
        }
        self.must_be_in(room).await?;
        let there = self.affiliated(room).await?;
        let mut refused = Vec::new();
        for person in people.iter().filter(|person| !there.contains(person)) {
            let jid = esc(person);
            let query = format!(
                "<query xmlns='{MUC_ADMIN}'><item affiliation='member' jid='{jid}'/></query>"
            );
            match self.link.ask("set", room, &query).await?.done("no member") {
                Ok(_) => {}
                Err(Failure::Refused { why }) => {
                    refused.push(format!("{}: {why}", visible(person)));
                    continue;
                }
                Err(failure) => return Err(failure),
            }
            // One kind only: clients show each kind as another invitation.
            let room = esc(room);
            let xml = format!(
                "<message xmlns='{CLIENT}' to='{jid}'><x xmlns='{CONFERENCE}' jid='{room}'/></message>"
            );
            self.link.send(&xml).await?;
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Failure::Refused { why: format!("cannot invite {}", refused.join("; ")) }),
        }
    }

    /// Everybody who has a right in a room, by address.
    async fn affiliated(&self, room: &str) -> Result<Vec<CompactString>, Failure> {
        let mut people = Vec::new();
        for affiliation in ["owner", "admin", "member"] {
            let query =
                format!("<query xmlns='{MUC_ADMIN}'><item affiliation='{affiliation}'/></query>");
            let list = self.link.ask("get", room, &query).await?.done("cannot see the members")?;
            let items = list.iter().flat_map(Element::children);
            people.extend(items.filter_map(|item| item.attr("jid")).map(CompactString::from));
        }
        Ok(people)
    }

    pub(super) async fn set_topic(&self, room: &str, topic: &str) -> Result<(), Failure> {
        self.must_be_in(room).await?;
        // One at a time in a room: who comes later has the last word anyway.
        let id = esc(&format!("subject/{room}"));
        let topic = cut(&visible(topic).replace('\n', " "), TOPIC_MAX);
        let xml = format!(
            "<message xmlns='{CLIENT}' type='groupchat' id='{id}' to='{}'><subject>{}</subject>\
             </message>",
            esc(room),
            esc(&topic)
        );
        // Servers say nothing to a subject that is so already, and lose the id of one that is new;
        // but a refusal comes before the answer to what is asked afterwards.
        let key = format!("message/subject/{room}");
        tokio::select! {
            biased;
            told = self.link.send_and_wait(&key, &xml) => {
                told?.done("cannot set the topic")?;
            }
            is_there = self.is_there(room) => {
                is_there?;
            }
        }
        Ok(())
    }

    /// Lets everybody write, or us alone.
    pub(super) async fn set_open(&self, room: &str, is_open: bool) -> Result<(), Failure> {
        self.must_be_in(room).await?;
        let moderated = if is_open { "0" } else { "1" };
        let fields = [
            ("muc#roomconfig_moderatedroom", moderated),
            ("muc#roomconfig_changesubject", if is_open { "1" } else { "0" }),
        ];
        self.set_config(room, &fields).await?;
        let query =
            |role: &str| format!("<query xmlns='{MUC_ADMIN}'><item role='{role}'/></query>");
        let (from, to) =
            if is_open { ("visitor", "participant") } else { ("participant", "visitor") };
        let list =
            self.link.ask("get", room, &query(from)).await?.done("cannot see who is there")?;
        for nick in list.iter().flat_map(Element::children).filter_map(|item| item.attr("nick")) {
            let query = format!(
                "<query xmlns='{MUC_ADMIN}'><item nick='{}' role='{to}'/></query>",
                esc(nick)
            );
            // Who left meanwhile has no voice to lose.
            self.link.ask("set", room, &query).await?;
        }
        Ok(())
    }

    /// Our other processes listen in this room, too.
    async fn tell_replicas(&self, room: &str) -> Result<(), Failure> {
        let xml = format!(
            "<message xmlns='{CLIENT}' to='{}'><x xmlns='{CONFERENCE}' jid='{}'/></message>",
            esc(&self.bare()),
            esc(room)
        );
        self.link.send(&xml).await
    }

    /// Where rooms are: as configured, or the first service of the server that says so.
    pub(super) async fn rooms_service(&self) -> Result<String, Failure> {
        if let Some(service) = &self.options.rooms {
            return Ok(service.clone());
        }
        self.service(MUC).await?.ok_or_else(|| Failure::Broken {
            why: "the server has no rooms (multi-user chat): name them in `rooms`".to_owned(),
        })
    }

    /// The service of our server that has a feature; asked once.
    pub(super) async fn service(&self, feature: &str) -> Result<Option<String>, Failure> {
        if let Some(known) = lock(&self.services).get(feature) {
            return Ok(Some(known.clone()));
        }
        let domain = self.domain();
        let query = format!("<query xmlns='{DISCO_ITEMS}'/>");
        let items = self.link.ask("get", &domain, &query).await?.done("cannot see the services")?;
        let items = items.iter().flat_map(Element::children).filter_map(|item| item.attr("jid"));
        for jid in items.chain([domain.as_str()]) {
            let query = format!("<query xmlns='{DISCO_INFO}'/>");
            let Asked::Done(Some(info)) = self.link.ask("get", jid, &query).await? else {
                continue;
            };
            if info.children().any(|it| it.attr("var") == Some(feature)) {
                lock(&self.services).insert(feature.to_owned(), jid.to_owned());
                return Ok(Some(jid.to_owned()));
            }
        }
        Ok(None)
    }

    fn mark(&self, marker: &str) -> String {
        let mark = Sha256::digest(format!("{}\n{marker}", self.bare()));
        hex::encode(mark).chars().take(12).collect()
    }
}

fn shut() -> Entered {
    Entered::Shut(Failure::Refused { why: "it is not there".to_owned() })
}

fn gone(room: &str) -> Failure {
    Failure::Refused { why: format!("the room {} is gone, or we were put out", visible(room)) }
}

fn local(name: &str, mark: &str, suffix: usize) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().take(NAME_MAX).map(plain).collect();
    let name = name.trim_matches('-');
    let mark: String = mark.chars().take(8).collect();
    if suffix == 0 { format!("{name}-{mark}") } else { format!("{name}-{mark}-{}", suffix + 1) }
}
