//! What `warroom doctor` asks an XMPP server.

use super::platform::Xmpp;
use super::xml::{DISCO_INFO, MAM, UPLOAD};
use crate::adapters::chat::platform::Finding;

impl Xmpp {
    pub(super) async fn findings(&self) -> Vec<Finding> {
        let jid = match self.link.up().await {
            Ok(jid) => jid,
            Err(failure) => {
                return vec![bad(failure.to_string(), "look at `jid`, `password` and `address`")];
            }
        };
        let mut findings = vec![good(format!("signed in with TLS as {jid}"))];
        let rooms = match self.rooms_service().await {
            Ok(rooms) => rooms,
            Err(failure) => {
                let advice =
                    "Prosody: Component \"conference.example.org\" \"muc\"; ejabberd: mod_muc";
                findings.push(bad(failure.to_string(), advice));
                return findings;
            }
        };
        findings.push(good(format!("rooms are made on {rooms}")));
        findings.push(self.archive(&rooms).await);
        findings.push(match self.service(UPLOAD).await {
            Ok(Some(service)) => good(format!("pictures go to {service}")),
            Ok(None) => bad(
                "the server takes no files: graphs are told in words".to_owned(),
                "Prosody: Component \"share.example.org\" \"http_file_share\"; ejabberd: \
                 mod_http_upload",
            ),
            Err(failure) => bad(failure.to_string(), "ask again"),
        });
        findings
    }

    /// Without an archive nothing is heard: lines are read from there.
    async fn archive(&self, rooms: &str) -> Finding {
        let advice = "let rooms keep an archive. Prosody: modules_enabled = { \"muc_mam\" } of the \
                      rooms' component; ejabberd: mod_mam, and mam: true for rooms";
        let query = format!("<query xmlns='{DISCO_INFO}'/>");
        let info = match self.link.ask("get", rooms, &query).await {
            Ok(asked) => asked.done("cannot look at the rooms"),
            Err(failure) => Err(failure),
        };
        match info {
            Ok(Some(info)) if info.children().any(|it| it.attr("var") == Some(MAM)) => {
                good("rooms keep an archive".to_owned())
            }
            Ok(_) => bad("rooms do not say that they keep an archive".to_owned(), advice),
            Err(failure) => bad(failure.to_string(), advice),
        }
    }
}

fn good(what: String) -> Finding {
    Finding { is_well: true, what, advice: None }
}

fn bad(what: String, advice: &str) -> Finding {
    Finding { is_well: false, what, advice: Some(advice.to_owned()) }
}
