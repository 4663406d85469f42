//! The authors' desk: what tells them what their files mean before anybody is woken by them.

mod call;
mod explain;
mod import;
mod init;
mod preview;
mod replay;
mod schema;
mod shell;
mod test;
mod walk;
