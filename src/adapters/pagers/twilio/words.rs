//! A page as a text message, and as what a call reads out (`TwiML`,
//! <https://www.twilio.com/docs/voice/twiml/gather>).

use url::Url;

use super::Way;
use crate::adapters::pagers::{Call, Page};
use crate::domain::line::cut;

/// Characters of a text: two parts of a message, so that the link is not cut off.
const TEXT_MAX: usize = 220;
/// Characters that are read out: half a minute, the rest is in the room.
const SPOKEN_MAX: usize = 300;

/// What stands in the message.
pub(super) fn text(page: &Page<'_>) -> String {
    let number = page.number;
    let text = cut(page.text.trim(), TEXT_MAX);
    let severity = if page.severity.is_empty() { "" } else { " " };
    let mut said = format!("#{number}{severity}{}: {text}", page.severity);
    if page.call == Call::Page {
        said.push_str(&format!("\nReply: ack {number}"));
        if let Some(link) = page.links.and_then(|links| links.acknowledge.as_ref()) {
            said.push_str(&format!("\n{link}"));
        }
    }
    said
}

/// What the call says, and which keys it waits for; `answers` is where they are sent.
pub(super) fn call(page: &Page<'_>, answers: Option<&Url>) -> String {
    let first = cut(page.text.trim(), SPOKEN_MAX);
    let said = escaped(&format!("Incident {}, {}. {first}.", page.number, page.severity));
    let Some(answers) = answers else {
        return format!(
            "<Response><Say loop=\"2\">{said} Look into the room to answer.</Say></Response>"
        );
    };
    let action = escaped(answers.as_str());
    format!(
        "<Response><Gather action=\"{action}\" method=\"POST\" numDigits=\"1\" timeout=\"10\">\
         <Say loop=\"2\">{said} Press 1 to take it. Press 2 to wake the next one.</Say></Gather>\
         <Say>Nothing was pressed. Somebody else will be called.</Say></Response>"
    )
}

/// What is said back.
pub(super) fn answer(way: Way, text: &str) -> String {
    let text = escaped(text);
    match way {
        Way::Sms => format!("<Response><Message>{text}</Message></Response>"),
        Way::Voice => format!("<Response><Say>{text}</Say></Response>"),
    }
}

/// Text inside an element or an attribute; what XML forbids becomes a blank.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push(' '),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_title_stays_text() {
        let evil = "</Say><Dial>+4990012345</Dial>\u{0}&\"";
        assert_eq!(
            answer(Way::Voice, evil),
            "<Response><Say>&lt;/Say&gt;&lt;Dial&gt;+4990012345&lt;/Dial&gt; &amp;&quot;</Say></Response>"
        );
    }
}
