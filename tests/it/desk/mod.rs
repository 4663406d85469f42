//! The authors' desk: what tells them what their files mean before anybody is woken by them.

mod call;
mod explain;
mod import;
mod init;
mod schema;
mod shell;
mod walk;
