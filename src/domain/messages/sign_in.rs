//! What the sign-in says.

/// Above the form.
pub const WELCOME: &str = "Sign in to warroom";

/// Before anything was tried.
#[must_use]
pub fn how() -> String {
    "Paste the token that you were given.".to_owned()
}

/// With a printed link, before it is redeemed.
#[must_use]
pub fn link_is_ready() -> String {
    "This link signs you in once.".to_owned()
}

/// A link that opens nothing.
#[must_use]
pub fn link_is_spent() -> String {
    "This link has been used, is older than ten minutes, or belongs to a server that has been \
     restarted since. You are not signed in. Run `warroom sign-in` on the server for a new one."
        .to_owned()
}

/// A link for the operator, opened on another machine.
#[must_use]
pub fn link_is_local() -> String {
    "This link opens only on the machine that printed it. You are not signed in. Use your token, or \
     ask for a link of your own: `warroom sign-in --as NAME`."
        .to_owned()
}

/// A token that nobody holds.
#[must_use]
pub fn token_is_wrong() -> String {
    "This token belongs to nobody here. You are not signed in. Check that all of it was copied, or \
     ask whoever keeps the configuration for a new one."
        .to_owned()
}

/// A session that is over.
#[must_use]
pub fn session_is_over() -> String {
    "Your session has ended. Nothing was changed. Sign in again, and you come back to where you were."
        .to_owned()
}

/// After signing out.
#[must_use]
pub fn signed_out() -> String {
    "You are signed out.".to_owned()
}

/// Too many tries.
#[must_use]
pub fn slower(seconds: u64) -> String {
    format!("Too many tries from your network. You are not signed in. Try again in {seconds} s.")
}

/// A form that another site sent.
#[must_use]
pub fn from_elsewhere() -> String {
    "This form was sent by another site's page. You are not signed in. Open warroom itself, and sign \
     in there."
        .to_owned()
}

/// What was sent is not our form.
#[must_use]
pub fn unreadable() -> String {
    "The form could not be read. You are not signed in. Load the page again.".to_owned()
}

/// The session cannot be stored.
#[must_use]
pub fn not_stored(why: &str) -> String {
    format!("You are not signed in: {why}. Try again in some seconds.")
}

/// Somebody whom the provider knows and the configuration does not.
#[must_use]
pub fn unknown_person(subject: &str, email: Option<&str>) -> String {
    let line = match email {
        Some(email) => format!("email = {}", quoted(email)),
        None => format!("oidc_subject = {}", quoted(subject)),
    };
    format!(
        "The identity provider knows you, and the configuration here does not. You are not signed \
         in. Ask whoever keeps it to add this line to your [people.NAME]: {line}"
    )
}

/// The identity provider did not let them in, or said something that is not to be believed.
#[must_use]
pub fn provider_refused(why: &str) -> String {
    format!("The sign-in at the identity provider failed: {why}. You are not signed in. Try again.")
}

/// A TOML string: what comes from outside must not become a second line.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_add_is_one_line_whatever_the_provider_says() {
        let text = unknown_person("7", Some("a\"\n[server]\ntoken = \"x"));
        assert!(text.ends_with(r#"email = "a\"[server]token = \"x""#), "{text}");
    }
}
