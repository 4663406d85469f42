//! The lines, between their axes.

use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters::style::{Color, RGBColor, ShapeStyle, TRANSPARENT, TextStyle};

use super::moments::Moments;
use super::page::{Letters, Page};
use super::stack;
use super::time::TimeAxis;
use super::trace::{Shade, Trace};
use super::value::ValueAxis;
use crate::domain::chart::Chart;
use crate::domain::messages::graph as say;
use crate::render::backend::{UNITS, units};
use crate::render::scene::{Ink, Pen, Scene};
use crate::render::{Error, font};

/// Ticks of values are at least so many sizes of letters apart.
const VALUE_TICK: f32 = 2.6;
/// Ticks of time are at least so many widths of a date apart.
const TIME_TICK: f32 = 1.5;
/// The length of a tick, in CSS pixels. A label stands twice as far from the axis.
const TICK: f32 = 4.0;
/// How much of a single line's colour covers the area below it.
const SHADE: f32 = 0.12;

/// The same in a stack, where the area is the value.
const STACK_SHADE: f32 = 0.4;

/// Points without a gap.
type Piece = Vec<(i64, f64)>;
type Plane<'a> = ChartContext<'a, &'a mut Scene, Cartesian2d<TimeAxis, ValueAxis>>;

/// Where the parts of the plot are, in CSS pixels, and its axes.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) left: f32,
    pub(super) right: f32,
    /// Of the field of lines; moments stand above it.
    pub(super) top: f32,
    /// Of the field of lines; the names of ticks stand below it.
    pub(super) bottom: f32,
    pub(super) time: TimeAxis,
    pub(super) values: ValueAxis,
    names_width: f32,
    names_height: f32,
}

impl Layout {
    fn new(chart: &Chart, page: &Page, (top, bottom): (f32, f32)) -> Self {
        let small = page.small();
        let (begin, end) = page.sides();
        let date = font::width("28 Nov", small) * TIME_TICK;
        let rows = if TimeAxis::new(chart, f64::from((end - begin) / date)).is_foreign() {
            2.0
        } else {
            1.0
        };
        let names_height = rows * small * font::LINE + TICK * 2.0;
        let ticks = (bottom - top - names_height) / (small * VALUE_TICK);
        let values = ValueAxis::new(chart, f64::from(ticks.clamp(2.0, 8.0)));
        let names = values.ticks().into_iter().map(|value| values.name(value));
        let widest = names.map(|name| font::width(&name, small)).fold(0.0, f32::max);
        let zones = zones(chart).map(|zone| font::width(&zone, small));
        let names_width = (widest + TICK * 2.0).max(zones.into_iter().fold(0.0, f32::max) + small);
        let (left, right) = (begin + names_width, end - small * 1.2);
        let time = TimeAxis::new(chart, f64::from((right - left) / date));
        Self {
            left,
            right,
            top,
            bottom: bottom - names_height,
            time,
            values,
            names_width,
            names_height,
        }
    }

    /// Where a time is, across, in CSS pixels.
    pub(super) fn x(&self, at: i64) -> f32 {
        self.left + self.time.share_f32(at) * (self.right - self.left)
    }
}

/// What the two rows of times are called.
fn zones(chart: &Chart) -> [String; 2] {
    [say::zone_name(chart.to, chart.zone), "UTC".to_owned()]
}

/// Draws axes, lines, limits and moments.
///
/// # Errors
/// When plotters refuses, which is a fault of ours.
pub(super) fn draw(
    scene: &mut Scene,
    chart: &Chart,
    page: &Page,
    (top, bottom): (f32, f32),
) -> Result<(), Error> {
    let chart = &*stack::drawn(chart);
    let mut layout = Layout::new(chart, page, (top, bottom));
    let moments = Moments::new(chart, page, &layout);
    layout.top += moments.height();
    moments.draw(scene, &layout);
    field(scene, chart, page, &layout).map_err(|error| Error::Draw(error.to_string()))?;
    zone_names(scene, chart, page, &layout);
    moments.draw_limits(scene, chart, &layout);
    if chart.series.iter().all(|series| series.last().is_none()) {
        nothing(scene, chart, page, &layout);
    }
    Ok(())
}

type Drawn = Result<(), DrawingAreaErrorKind<std::convert::Infallible>>;

/// What plotters draws: grid, axes with their names, and lines.
fn field(scene: &mut Scene, chart: &Chart, page: &Page, layout: &Layout) -> Drawn {
    let root = scene.into_drawing_area();
    let left = layout.left - layout.names_width;
    let area = root.shrink(
        (units(left), units(layout.top)),
        (units(layout.right - left), units(layout.bottom + layout.names_height - layout.top)),
    );
    let mut plane = ChartBuilder::on(&area)
        .y_label_area_size(units(layout.names_width))
        .x_label_area_size(units(layout.names_height))
        .build_cartesian_2d(layout.time.clone(), layout.values.clone())?;
    mesh(&mut plane, page, layout)?;
    let (from, to) = layout.time.ends();
    let across = |value: f64, pen: Pen| Trace::new(vec![(from, value), (to, value)], pen);
    let ground = Pen { ink: page.colors.axis, width: 1.0, dash: &[] };
    plane.plotting_area().draw(&across(layout.values.lowest(), ground))?;
    let columns = f64::from(layout.right - layout.left);
    let pens = page.colors.pens(&chart.series);
    let pieces = |series| Trace::pieces(chart, series, &layout.time, columns);
    let lines: Vec<_> = chart.series.iter().map(pieces).collect();
    for shade in shades(chart, &lines, &pens, layout) {
        plane.plotting_area().draw(&shade)?;
    }
    for (line, pen) in lines.into_iter().zip(pens).rev() {
        for piece in line {
            plane.plotting_area().draw(&Trace::new(piece, pen))?;
        }
    }
    for limit in chart.limits.iter().filter(|limit| layout.values.holds(limit.value)) {
        let pen = Pen { ink: page.colors.limit, width: 1.5, dash: &[6.0, 4.0] };
        plane.plotting_area().draw(&across(limit.value, pen))?;
    }
    Ok(())
}

/// The area below a line that is alone, or between the lines of a stack.
fn shades(chart: &Chart, lines: &[Vec<Piece>], pens: &[Pen], layout: &Layout) -> Vec<Shade> {
    let (floor, mut below) = (layout.values.floor(), None::<&[Piece]>);
    let mut shades = Vec::new();
    let shaded = chart.series.len() == 1 || chart.axis.is_stacked;
    for ((line, pen), series) in lines.iter().zip(pens).zip(&chart.series) {
        if !shaded || series.is_past {
            continue;
        }
        for (at, piece) in line.iter().enumerate().filter(|(_, piece)| piece.len() > 1) {
            shades.push(match below.and_then(|below| below.get(at)) {
                Some(below) => Shade::between(piece, below, pen.ink.faint(STACK_SHADE)),
                None if chart.axis.is_stacked => {
                    Shade::below(piece, floor, pen.ink.faint(STACK_SHADE))
                }
                None => Shade::below(piece, floor, pen.ink.faint(SHADE)),
            });
        }
        below = Some(line);
    }
    shades
}

fn mesh(plane: &mut Plane<'_>, page: &Page, layout: &Layout) -> Drawn {
    let small = page.small();
    let letters = TextStyle::from(("sans-serif", f64::from(small * UNITS)));
    let faded = color(page.colors.faded);
    let letters = letters.color(&faded);
    let begin = layout.left - layout.names_width;
    let zone = zone_width(layout, small);
    let name = |at: &i64| {
        let (local, utc) = (layout.time.name(*at), layout.time.name_utc(*at));
        let middle = layout.x(*at);
        let half = font::width(&local, small).max(font::width(&utc, small)) / 2.0;
        if middle - half < begin + zone || middle + half > page.width - 2.0 {
            String::new()
        } else if layout.time.is_foreign() {
            format!("{local}\n{utc}")
        } else {
            local
        }
    };
    plane
        .configure_mesh()
        .axis_style(TRANSPARENT)
        .bold_line_style(stroke(page.colors.grid))
        .light_line_style(stroke(page.colors.grid))
        .set_tick_mark_size(LabelAreaPosition::Bottom, units(TICK))
        .set_tick_mark_size(LabelAreaPosition::Left, units(TICK))
        .label_style(letters)
        .x_label_formatter(&name)
        .y_label_formatter(&|value| layout.values.name(*value))
        .draw()
}

fn stroke(ink: Ink) -> ShapeStyle {
    color(ink).stroke_width(units(1.0).unsigned_abs())
}

fn color(ink: Ink) -> RGBColor {
    let [red, green, blue] = ink.rgb;
    RGBColor(red, green, blue)
}

/// The room that the names of the zones take at the left of the times.
fn zone_width(layout: &Layout, small: f32) -> f32 {
    if layout.time.is_foreign() { font::width("UTC", small) + small * 0.4 } else { 0.0 }
}

/// Which row of times is which.
fn zone_names(scene: &mut Scene, chart: &Chart, page: &Page, layout: &Layout) {
    let small = Letters::new(page.small(), page.colors.faded);
    let rows = if layout.time.is_foreign() { zones(chart).to_vec() } else { Vec::new() };
    let mut top = layout.bottom + TICK * 2.0;
    for zone in rows {
        small.write(scene, (layout.left - layout.names_width, top), &zone, layout.names_width);
        top += small.size * font::LINE;
    }
}

/// Why there is no line, in the middle of the field.
fn nothing(scene: &mut Scene, chart: &Chart, page: &Page, layout: &Layout) {
    let letters = Letters::new(page.letters * 1.1, page.colors.text).middle();
    let middle = (layout.left + layout.right) / 2.0;
    let top = (layout.top + layout.bottom - letters.size) / 2.0;
    let says = say::nothing(chart);
    let width = font::width(&says, letters.size).min(layout.right - layout.left);
    let (left, right) = (middle - width / 2.0 - letters.size, middle + width / 2.0 + letters.size);
    let (high, low) = (top - letters.size * 0.5, top + letters.size * 1.7);
    scene.area(vec![(left, high), (right, high), (right, low), (left, low)], page.colors.ground);
    letters.write(scene, (middle, top), &says, layout.right - layout.left);
}
