//! Writes a scene as SVG: the same shapes, sharp at every size, with letters that can be selected.
//!
//! It refuses scripts, links and outside resources: a picture loads nothing. Text is escaped.

use std::fmt::Write;

use super::scene::{Align, Ink, Pen, Place, Scene, Shape, Text, Weight};

/// Machines without `DejaVu` have one that is as wide.
const FAMILY: &str = "'DejaVu Sans', Verdana, Geneva, sans-serif";

/// The document, with its title and description for those who do not see it.
pub(super) fn write(scene: &Scene, title: &str, description: &str) -> String {
    let (width, height) = scene.size;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FAMILY}\">\n\
         <title>{}</title>\n<desc>{}</desc>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        escaped(title),
        escaped(description),
        hex(scene.ground)
    );
    for shape in &scene.shapes {
        // Writing to a string does not fail.
        push(&mut text, shape).ok();
    }
    text.push_str("</svg>\n");
    text
}

fn push(text: &mut String, shape: &Shape) -> std::fmt::Result {
    match shape {
        Shape::Line(places, pen) => line(text, places, pen),
        Shape::Area(places, ink) => {
            writeln!(text, "<polygon points=\"{}\"{}/>", points(places), fill(*ink))
        }
        Shape::Disc((x, y), radius, ink) => {
            writeln!(text, "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius:.2}\"{}/>", fill(*ink))
        }
        Shape::Text(letters) => write_text(text, letters),
    }
}

fn line(text: &mut String, places: &[Place], pen: &Pen) -> std::fmt::Result {
    write!(
        text,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"",
        points(places),
        hex(pen.ink),
        pen.width
    )?;
    if pen.ink.alpha < 1.0 {
        write!(text, " stroke-opacity=\"{}\"", pen.ink.alpha)?;
    }
    if !pen.dash.is_empty() {
        let lengths: Vec<String> = pen.dash.iter().map(f32::to_string).collect();
        write!(text, " stroke-dasharray=\"{}\"", lengths.join(" "))?;
    }
    let how = if places.len() == 2 {
        "shape-rendering=\"crispEdges\""
    } else {
        "stroke-linejoin=\"round\""
    };
    writeln!(text, " {how}/>")
}

fn write_text(text: &mut String, letters: &Text) -> std::fmt::Result {
    let anchor = match letters.align {
        Align::Left => "start",
        Align::Middle => "middle",
        Align::Right => "end",
    };
    let weight = match letters.weight {
        Weight::Regular => "",
        Weight::Bold => " font-weight=\"bold\"",
    };
    let (x, y) = letters.at;
    writeln!(
        text,
        "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{:.2}\" text-anchor=\"{anchor}\"{weight}{} \
         direction=\"ltr\" unicode-bidi=\"bidi-override\" xml:space=\"preserve\">{}</text>",
        letters.size,
        fill(letters.ink),
        escaped(&letters.content)
    )
}

fn points(places: &[Place]) -> String {
    let all: Vec<String> = places.iter().map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
    all.join(" ")
}

fn fill(ink: Ink) -> String {
    let opacity =
        if ink.alpha < 1.0 { format!(" fill-opacity=\"{}\"", ink.alpha) } else { String::new() };
    format!(" fill=\"{}\"{opacity}", hex(ink))
}

fn hex(ink: Ink) -> String {
    let [red, green, blue] = ink.rgb;
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text as XML wants it; letters that XML forbids are left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => safe.push(other),
        }
    }
    safe
}
