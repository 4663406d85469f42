//! A page as a mail: text, HTML, and the graph.

use lettre::Message;
use lettre::error::Error;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};

use crate::adapters::pagers::{Call, Page};
use crate::domain::line::cut;

/// Characters of a subject: what a telephone shows of it.
const SUBJECT_MAX: usize = 150;
/// Characters of the text: some pages of it.
const TEXT_MAX: usize = 20_000;
/// What the graph is called inside the mail.
const PICTURE: &str = "graph";

/// The mail.
pub(super) fn letter(page: &Page<'_>, from: &Mailbox, to: Mailbox) -> Result<Message, Error> {
    let host = from.email.domain();
    let thread = format!("<warroom-{}@{host}>", page.number);
    let subject = subject(page);
    let text = MultiPart::alternative()
        .singlepart(SinglePart::plain(plain(page)))
        .multipart(with_picture(page));
    Message::builder()
        .from(from.clone())
        .to(to)
        .subject(subject)
        .message_id(Some(format!("<{}.{}@{host}>", page.id, kind(page.call))))
        .in_reply_to(thread.clone())
        .references(thread)
        // No vacation notice answers this (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(text)
}

fn kind(call: Call) -> &'static str {
    match call {
        Call::Page => "page",
        Call::Taken => "taken",
        Call::Stop => "over",
    }
}

fn subject(page: &Page<'_>) -> String {
    let first = page.text.lines().next().unwrap_or_default();
    let severity =
        if page.severity.is_empty() { String::new() } else { format!("[{}] ", page.severity) };
    let text = format!("{severity}#{} {first}", page.number);
    cut(&text.replace(|c: char| c.is_control(), " "), SUBJECT_MAX)
}

fn plain(page: &Page<'_>) -> String {
    let mut text = cut(page.text.trim_end(), TEXT_MAX);
    if let Some(links) = page.links {
        if let (Call::Page, Some(acknowledge)) = (page.call, &links.acknowledge) {
            text.push_str(&format!("\n\nTake it: {acknowledge}"));
        }
        text.push_str(&format!("\n\nThe incident: {}", links.incident));
    }
    text.push('\n');
    text
}

fn with_picture(page: &Page<'_>) -> MultiPart {
    let html = SinglePart::html(html(page));
    let part = MultiPart::related().singlepart(html);
    match page.picture {
        Some(png) => {
            let kind = ContentType::parse("image/png").unwrap_or(ContentType::TEXT_PLAIN);
            let name = format!("{PICTURE}.png");
            let picture = Attachment::new_inline_with_name(PICTURE.to_owned(), name);
            part.singlepart(picture.body(png.to_vec(), kind))
        }
        None => part,
    }
}

fn html(page: &Page<'_>) -> String {
    let text = cut(page.text.trim_end(), TEXT_MAX);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let mut out = format!(
        "<!doctype html><html><body style=\"font:16px/1.5 sans-serif\"><h2 style=\"font-size:18px\">\
         #{} {}</h2><p>{}</p>",
        page.number,
        escaped(first),
        escaped(rest).replace('\n', "<br>")
    );
    if let Some(links) = page.links {
        if let (Call::Page, Some(acknowledge)) = (page.call, &links.acknowledge) {
            out.push_str(&format!(
                "<p><a href=\"{}\" style=\"background:#b42318;color:#fff;padding:12px 20px;\
                 text-decoration:none;border-radius:6px\">Take it</a></p>",
                escaped(acknowledge.as_str())
            ));
        }
        let incident = escaped(links.incident.as_str());
        out.push_str(&format!("<p><a href=\"{incident}\">Open the incident</a></p>"));
    }
    if page.picture.is_some() {
        out.push_str(&format!("<p><img src=\"cid:{PICTURE}\" alt=\"The graph of it\"></p>"));
    }
    out.push_str("</body></html>\n");
    out
}

/// Text inside an element or a quoted attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
