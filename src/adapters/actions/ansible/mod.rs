//! `ansible`: runs a playbook of the operator's folder, by the system's `ansible-playbook` in the cage.
//!
//! A dry run is Ansible's own check mode with its diff. Variables go over a file, each marked as unsafe,
//! which is Ansible's word for data: braces in a label's value are never a template. It refuses
//! playbooks outside the folder, and a limit that is more than names of hosts and groups.
//!
//! What it says is read again for how far it came: before its first task it was refused, a connection
//! that broke in a task is unknown, and everything else that went wrong has failed.

mod play;
mod recap;

pub use play::{Ansible, KIND};
