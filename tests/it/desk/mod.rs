//! The authors' desk: what tells them what their files mean before anybody is woken by them.

mod explain;
mod preview;
mod replay;
mod test;
