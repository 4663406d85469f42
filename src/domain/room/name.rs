//! What rooms are called.

/// The room that hears what no incident's room can say.
pub const OPS: &str = "ops";

/// The longest name of a room: it is read aloud, and stands in addresses.
const NAME_MAX: usize = 80;

/// Whether a room other than an incident's may have this name: it is a part of addresses and of
/// keys, and a mere number would name an incident.
#[must_use]
pub fn is_room_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.len() <= NAME_MAX
        && name.chars().all(is_plain)
        && name.chars().any(char::is_alphabetic)
        && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_in_an_address_and_is_no_number() {
        for name in [OPS, "management", "team-web_2.eu", "b\u{fc}ro"] {
            assert!(is_room_name(name), "{name}");
        }
        for name in
            ["", "12", "..", "a/b", "a b", "a#b", "a:b", "a?b", "\u{202e}x", &"x".repeat(81)]
        {
            assert!(!is_room_name(name), "{name}");
        }
    }
}
