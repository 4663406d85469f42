//! Carries out the order to post a graph.
//!
//! A room hears at once what is wrong with a source, and gets the picture in the same place when a
//! later try succeeds. It refuses to try again what will never work.

use crate::domain::dashboard::Request;
use crate::domain::ids::EffectId;
use crate::domain::incident::{Effect, PostKey, Receipt, Target};
use crate::domain::messages::graphs as say;
use crate::domain::room::Post;
use crate::engine::Engine;
use crate::engine::outside::{Failure, Order};

use super::{Drawn, Graphs, Miss};

impl Engine {
    /// One try of [`Effect::Graph`].
    pub(in crate::engine) async fn post_graph(
        &self,
        graphs: &Graphs,
        order: Order,
        (room, query): (compact_str::CompactString, String),
    ) -> Result<Receipt, Failure> {
        let to = Target::Room(room);
        // What a first try has said is replaced, under an id of its own.
        let id = if order.attempt > 1 { order.id.follow_up() } else { order.id };
        match self.draw_for(graphs, &order, &query).await {
            Ok(Drawn { picture, text, .. }) => {
                let post = Post { text, picture: Some(picture), ..Post::default() };
                self.say_in(id, order, to, post).await
            }
            Err(miss) => {
                if order.attempt == 1 || !miss.is_passing() {
                    let text = say::not_yet(&query, &miss.to_string(), miss.is_passing());
                    let post = Post::text(text);
                    if let Err(error) = self.say_in(id, order, to, post).await {
                        tracing::debug!(%error, "a room was not told that its graph is missing");
                    }
                }
                let why = miss.to_string();
                Err(if miss.is_passing() {
                    Failure::Retry { why, after: None }
                } else {
                    Failure::Refused { why }
                })
            }
        }
    }

    async fn draw_for(&self, graphs: &Graphs, order: &Order, query: &str) -> Result<Drawn, Miss> {
        let request = Request::read(query)?;
        let context = self.case_context(order.id.case).await;
        let context = context.map_err(|refusal| Miss::Unkept(say::unread(&refusal.to_string())))?;
        graphs.draw(&request, &context).await
    }

    /// Says something in a room, in the place that belongs to this order.
    async fn say_in(
        &self,
        id: EffectId,
        order: Order,
        to: Target,
        post: Post,
    ) -> Result<Receipt, Failure> {
        let effect = Effect::Post { to, key: PostKey::Slot(order.id), post };
        self.outside.perform(Order { id, effect, attempt: order.attempt }).await
    }
}
