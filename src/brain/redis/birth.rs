//! Opening a store: is this Redis fit, is it ours, is it still the one we know?

use super::keys::Keys;
use super::options::Options;
use super::scripts::{BIRTH, Step};
use super::session::{Link, Session};
use super::value::{self, read};
use crate::brain::Error;

/// The product that writes these keys.
const PRODUCT: &str = "warroom";
/// The version of everything stored; a higher one was written by a newer program.
const SCHEMA: u32 = 1;
/// More shards cost a claim more than they win.
const MAX_SHARDS: u16 = 1024;
/// What the evicting policies would do was measured: an open incident went without any error.
const POLICY: &str = "noeviction";

/// What a store says about itself.
#[derive(Debug)]
pub(super) struct Born {
    pub(super) id: String,
    pub(super) shards: u16,
}

/// Refuses options that cannot work.
pub(super) fn check(options: &Options) -> Result<(), Error> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if options.prefix.is_empty() || !options.prefix.chars().all(is_plain) {
        return Err(Error::Unusable(
            "the key prefix should be letters, digits, `-`, `_` and `.`".to_owned(),
        ));
    }
    if options.shards == 0 || options.shards > MAX_SHARDS {
        return Err(Error::Unusable(format!("the number of shards should be 1 to {MAX_SHARDS}")));
    }
    if options.barrier >= options.deadline {
        return Err(Error::Unusable("the barrier should be shorter than the deadline".to_owned()));
    }
    Ok(())
}

/// Finds the store or begins it.
pub(super) async fn open(session: &Session, keys: &Keys, options: &Options) -> Result<Born, Error> {
    refuse_eviction(session, options).await?;
    let born = enter(session, keys, options, false).await?;
    let born = match born {
        Some(born) => born,
        None => {
            refuse_amnesia(session, keys, options).await?;
            let born = enter(session, keys, options, true).await?;
            born.ok_or_else(|| Error::Unusable("redis did not keep the new brain's id".to_owned()))?
        }
    };
    match &options.expect_id {
        Some(id) if *id != born.id => Err(Error::Unusable(format!(
            "this Redis holds brain {}, but brain {id} is expected: another Redis, or its data were replaced",
            born.id
        ))),
        _ => Ok(born),
    }
}

async fn refuse_eviction(session: &Session, options: &Options) -> Result<(), Error> {
    match setting(session, "maxmemory-policy").await? {
        Some(policy) if policy != POLICY => Err(Error::Unusable(format!(
            "redis may throw keys away (maxmemory-policy {policy}): set `maxmemory-policy {POLICY}`"
        ))),
        Some(_) => Ok(()),
        None => {
            tracing::warn!(prefix = %options.prefix, "redis hides its settings: cannot check maxmemory-policy");
            Ok(())
        }
    }
}

/// A setting of Redis; none when this user may not see it. In a cluster: the first master's that
/// differs from the policy wanted, as any of them may do harm.
pub(super) async fn setting(session: &Session, name: &str) -> Result<Option<String>, Error> {
    let mut cmd = redis::cmd("CONFIG");
    cmd.arg("GET").arg(name);
    let text = match &*session.link {
        Link::Cluster(cluster) => match cluster.ask_masters(cmd).await {
            Ok(text) => text,
            Err(error) if error.code().is_some() => return Ok(None),
            Err(error) => return Err(Error::Away(error.to_string())),
        },
        Link::One(_) => {
            let step = Step::plain("CONFIG", "GET".to_owned()).arg(name);
            match session.one(step).await {
                Ok(answer) => value::all_text(&answer),
                Err(Error::Unusable(why)) if !is_login(&why) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    };
    let mut values = text.lines().filter(|line| !line.is_empty() && *line != name);
    let first = values.clone().find(|value| *value != POLICY);
    Ok(first.or_else(|| values.next()).map(str::to_owned))
}

fn is_login(why: &str) -> bool {
    ["NOAUTH", "WRONGPASS", "uthentication"].iter().any(|code| why.contains(code))
}

async fn enter(
    session: &Session,
    keys: &Keys,
    options: &Options,
    may_begin: bool,
) -> Result<Option<Born>, Error> {
    let step = Step::script(&BIRTH, keys.meta())
        .arg(u8::from(may_begin))
        .arg(PRODUCT)
        .arg(SCHEMA)
        .arg(new_id(options)?)
        .arg(options.shards);
    let reply = session.one(step).await.map_err(|error| match error {
        Error::Unusable(why) if why.contains("WRONGTYPE") => {
            foreign(&options.prefix, "something else")
        }
        other => other,
    })?;
    let said: [Option<String>; 4] = read("the brain's id", Ok(reply))?;
    let [product, schema, id, shards] = said;
    if [&product, &schema, &id, &shards].iter().all(|field| field.is_none()) {
        return Ok(None);
    }
    let product = product.unwrap_or_else(|| "something else".to_owned());
    if product != PRODUCT {
        return Err(foreign(&options.prefix, &product));
    }
    match schema.and_then(|schema| schema.parse::<u32>().ok()) {
        Some(schema) if schema <= SCHEMA => {}
        Some(schema) => {
            return Err(Error::Unusable(format!(
                "this store was written by a newer version (schema {schema}, this program knows {SCHEMA}): upgrade warroom"
            )));
        }
        None => return Err(foreign(&options.prefix, "something without a schema number")),
    }
    match (id, shards.and_then(|shards| shards.parse().ok())) {
        (Some(id), Some(shards)) if (1..=MAX_SHARDS).contains(&shards) => {
            Ok(Some(Born { id, shards }))
        }
        _ => Err(foreign(&options.prefix, "something without an id")),
    }
}

fn foreign(prefix: &str, product: &str) -> Error {
    Error::Unusable(format!(
        "the keys `{prefix}` in this Redis belong to {product}: choose another key prefix"
    ))
}

/// A store without its id may have been flushed, restored from nothing, or half evicted.
async fn refuse_amnesia(session: &Session, keys: &Keys, options: &Options) -> Result<(), Error> {
    if options.begins_again {
        return Ok(());
    }
    if let Some(id) = &options.expect_id {
        return Err(Error::Unusable(format!(
            "this Redis has forgotten everything: brain {id} is expected, and there is none; restore its data, and everything goes on by itself, or begin it again from the journals: `warroom serve --rebuild`"
        )));
    }
    let looks = (0..MAX_SHARDS).map(|shard| Step::plain("EXISTS", keys.shard(shard))).collect();
    for reply in session.all(looks).await {
        if read::<u32>("a shard", reply)? > 0 {
            return Err(Error::Unusable(format!(
                "the store `{}` has lost its id but still has cases: keys were evicted or deleted",
                options.prefix
            )));
        }
    }
    Ok(())
}

fn new_id(options: &Options) -> Result<String, Error> {
    match &options.expect_id {
        Some(id) if options.begins_again => Ok(id.clone()),
        _ => Ok(format!("{:032x}", random()?)),
    }
}

/// A number that nobody else has.
pub(super) fn random() -> Result<u128, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::Unusable(format!("cannot get random bytes: {error}")))?;
    Ok(u128::from_le_bytes(bytes))
}
