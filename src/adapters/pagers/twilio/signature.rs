//! What Twilio signs its requests with (<https://www.twilio.com/docs/usage/security>): HMAC-SHA1
//! over the address and every field of the form, the fields sorted by name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::domain::secret::Secret;

/// The header, in lower case.
pub(super) const HEADER: &str = "x-twilio-signature";

/// Whether the signature is Twilio's, over this address and these fields.
pub(super) fn is_right(
    token: &Secret,
    url: &str,
    fields: &[(String, String)],
    given: &str,
) -> bool {
    let Ok(given) = STANDARD.decode(given) else { return false };
    let mut sorted: Vec<&(String, String)> = fields.iter().collect();
    sorted.sort();
    sorted.dedup();
    let signed = sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    // HMAC takes keys of any length: this cannot fail.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.reveal().as_bytes()) else {
        return false;
    };
    mac.update(signed.as_bytes());
    mac.verify_slice(&given).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of <https://www.twilio.com/docs/usage/security>.
    #[test]
    fn the_published_example_verifies() {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ];
        let fields: Vec<_> =
            fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let (right, token) = ("RSOYDt4T1cUTdK1PDd93/VVr8B8=", Secret::new("12345"));
        assert!(is_right(&token, url, &fields, right));
        assert!(!is_right(&token, &url.replace("https", "http"), &fields, right));
        assert!(!is_right(&token, url, &fields[1..], right));
        assert!(!is_right(&Secret::new("1234"), url, &fields, right));
        assert!(!is_right(&token, url, &fields, "not base64"));
    }
}
