//! The console: the pages of the embedded chat, the files that they load, and how people come in.
//!
//! A page is a shell that holds no data; its scripts ask the API, as whoever is signed in. It
//! refuses to ask anything outside, to run a script that is no file of its own, and to know an
//! incident.
//!
//! The invariant: whatever comes from outside reaches a page as JSON and becomes a text node.

mod answer;
mod assets;
mod back;
mod form;
mod help;
mod pages;
mod sign_in;
mod sign_in_oidc;

pub(super) use back::to_sign_in;

use super::routes::Route;

/// The routes of this folder.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = pages::routes();
    routes.push(assets::route());
    routes.extend(sign_in::routes());
    routes.extend(sign_in_oidc::routes());
    routes.extend(answer::routes());
    routes.extend(help::routes());
    routes
}
