//! Small versioned documents, and the numbers of incidents.

use compact_str::CompactString;

use super::birth::random;
use super::scripts::{ANSWERS_TTL_MS, PUT, Step};
use super::session::Reply;
use super::store::Redis;
use super::value::{read, unreadable};
use crate::brain::codec::{decode, encode};
use crate::brain::{Document, Error, Kind};
use crate::domain::ids::Number;

impl Redis {
    pub(super) async fn give_number(&self) -> Result<Number, Error> {
        let reply = self.durably_one(Step::plain("INCR", self.keys.number())).await;
        Ok(Number(read("the last number", reply)?))
    }

    async fn durably_one(&self, step: Step) -> Reply {
        let mut replies = self.session.durably(vec![step], &[self.keys.number_mark()]).await;
        replies.pop().unwrap_or_else(|| Err(Error::Away("no answer".to_owned())))
    }

    pub(super) async fn read_number(&self) -> Result<Number, Error> {
        let reply = self.session.one(Step::plain("GET", self.keys.number())).await;
        Ok(Number(read::<Option<u64>>("the last number", reply)?.unwrap_or(0)))
    }

    pub(super) async fn all_documents(&self, kind: Kind) -> Result<Vec<Document>, Error> {
        let reply = self.session.one(Step::plain("HGETALL", self.keys.documents(kind))).await;
        let rows: std::collections::BTreeMap<String, String> = read("documents", reply)?;
        rows.into_iter().map(|(id, row)| document(id, &row)).collect()
    }

    pub(super) async fn put_document(
        &self,
        kind: Kind,
        id: CompactString,
        expected: u64,
        body: Option<serde_json::Value>,
    ) -> Result<u64, Error> {
        let step = Step::over(&PUT, self.keys.documents(kind), &[self.keys.answer(random()?)])
            .arg(self.keys.changes())
            .arg(ANSWERS_TTL_MS)
            .arg(id.as_str())
            .arg(expected)
            .arg(kind.name())
            .arg(u8::from(body.is_none()))
            .arg(encode("a document", &body)?);
        let text: String = read("the version of a document", self.durably_one(step).await)?;
        if text == "conflict" {
            return Err(Error::Conflict);
        }
        text.parse().map_err(|error| unreadable("the version of a document", error))
    }
}

/// Stored as `version body`.
fn document(id: String, row: &str) -> Result<Document, Error> {
    let (version, body) =
        row.split_once(' ').ok_or_else(|| unreadable("a document", "it has no version"))?;
    let version = version.parse().map_err(|error| unreadable("a document", error))?;
    Ok(Document { id: id.into(), version, body: decode("a document", body.as_bytes())? })
}
