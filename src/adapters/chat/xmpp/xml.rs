//! Elements written and read, with every value escaped.

use tokio_xmpp::minidom::Element;

use crate::adapters::failure::Failure;

pub(super) const MUC: &str = "http://jabber.org/protocol/muc";
pub(super) const MUC_USER: &str = "http://jabber.org/protocol/muc#user";
pub(super) const MUC_ADMIN: &str = "http://jabber.org/protocol/muc#admin";
pub(super) const MUC_OWNER: &str = "http://jabber.org/protocol/muc#owner";
pub(super) const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
pub(super) const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
pub(super) const DATA: &str = "jabber:x:data";
pub(super) const CONFERENCE: &str = "jabber:x:conference";
pub(super) const OOB: &str = "jabber:x:oob";
pub(super) const MAM: &str = "urn:xmpp:mam:2";
pub(super) const RSM: &str = "http://jabber.org/protocol/rsm";
pub(super) const FORWARD: &str = "urn:xmpp:forward:0";
pub(super) const DELAY: &str = "urn:xmpp:delay";
pub(super) const SID: &str = "urn:xmpp:sid:0";
pub(super) const CORRECT: &str = "urn:xmpp:message-correct:0";
pub(super) const UPLOAD: &str = "urn:xmpp:http:upload:0";
/// No letter of a text is a sign for bold or code: <https://xmpp.org/extensions/xep-0393.html>.
pub(super) const STYLING: &str = "urn:xmpp:styling:0";
pub(super) const CLIENT: &str = "jabber:client";

/// A value as it may stand in an element or an attribute; what XML cannot hold is left out.
pub(super) fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// An element that this program wrote.
pub(super) fn element(xml: &str) -> Result<Element, Failure> {
    xml.parse().map_err(|_| Failure::Refused { why: "a value cannot be said in XML".to_owned() })
}

/// A filled-in form.
pub(super) fn form(kind: &str, fields: &[(&str, &str)]) -> String {
    let mut xml = format!(
        "<x xmlns='{DATA}' type='submit'><field var='FORM_TYPE' type='hidden'><value>{kind}</value>\
         </field>"
    );
    for (name, value) in fields {
        xml.push_str(&format!("<field var='{name}'><value>{}</value></field>", esc(value)));
    }
    xml + "</x>"
}

/// The value of a form's field.
pub(super) fn field(form: &Element, name: &str) -> Option<String> {
    let field = form.children().find(|field| field.attr("var") == Some(name))?;
    field.get_child("value", DATA).map(Element::text)
}
