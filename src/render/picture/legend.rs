//! Which line is which, with its last, smallest and largest value in aligned columns; and what a
//! reader must know about the data.

use super::names;
use super::page::{Letters, Page};
use crate::domain::chart::{Chart, Series};
use crate::domain::messages::graph as say;
use crate::render::font;
use crate::render::scene::{Pen, Scene};

/// The share of the height that stays for the plot and the names of its ticks.
const PLOT_SHARE: f32 = 0.42;
/// Below this height, in CSS pixels, a plot shows little.
const PLOT_MIN: f32 = 110.0;
/// A name is not squeezed below so many sizes of letters.
const NAME_MIN: f32 = 6.5;
/// The piece of line before a name, in sizes of letters.
const SWATCH: f32 = 1.7;
/// Sentences below the names.
const SENTENCES_MAX: usize = 3;
const HEADS: [&str; 3] = ["last", "min", "max"];

/// One line of the legend.
struct Entry {
    name: String,
    pen: Pen,
    numbers: [String; 3],
}

/// The legend, laid out.
pub(super) struct Legend {
    entries: Vec<Entry>,
    sentences: Vec<String>,
    /// Of numbers, without the blanks between.
    widths: [f32; 3],
    columns: usize,
    rows: usize,
    /// Of a column, with its swatch, name and numbers.
    width: f32,
    page: Page,
}

impl Legend {
    /// A legend for what lies below `top`.
    pub(super) fn new(chart: &Chart, page: &Page, top: f32) -> Self {
        let pens = page.colors.pens(&chart.series);
        let entries: Vec<Entry> = chart
            .series
            .iter()
            .zip(pens)
            .map(|(series, pen)| Entry::new(chart, series, pen))
            .collect();
        let widths = [0, 1, 2].map(|at| number_width(&entries, at, page));
        let sentences = sentences(chart);
        let mut legend =
            Self { entries, sentences, widths, columns: 0, rows: 0, width: 0.0, page: *page };
        let plot = (page.height * PLOT_SHARE).max(PLOT_MIN);
        let room = page.height - top - plot - legend.sentences.len() as f32 * legend.line();
        legend.arrange(room);
        legend
    }

    /// The fewest columns in which everything fits, or as many as there is room for.
    fn arrange(&mut self, room: f32) {
        if self.page.is_thumbnail() || self.entries.is_empty() {
            self.sentences.clear();
            return;
        }
        let (left, right) = self.page.sides();
        let least = self.numbers_width() + (SWATCH + NAME_MIN) * self.page.letters;
        let columns_max = count((right - left + self.gap()) / (least + self.gap())).max(1);
        // One row is that of the heads.
        let rows_max = count(room / self.line()).saturating_sub(1).max(1);
        let rows = |columns: usize| self.entries.len().div_ceil(columns);
        self.columns = (1..=columns_max).find(|n| rows(*n) <= rows_max).unwrap_or(columns_max);
        self.rows = rows(self.columns).min(rows_max);
        // Without empty columns.
        self.columns = self.columns.min(self.entries.len().div_ceil(self.rows));
        let gaps = (self.columns - 1) as f32 * self.gap();
        self.name(((right - left - gaps) / self.columns as f32) - self.besides());
    }

    /// Shortens the names to this width, and takes less where they need less: numbers that are far
    /// from their name are read in the wrong line.
    fn name(&mut self, width: f32) {
        let size = self.page.small();
        let names: Vec<String> = self.entries.iter().map(|entry| entry.name.clone()).collect();
        let mut widest = 0.0_f32;
        for (entry, name) in self.entries.iter_mut().zip(names::fitting(&names, size, width)) {
            widest = widest.max(font::width(&name, size));
            entry.name = name;
        }
        self.width = (widest + self.page.letters * 2.0).min(width) + self.besides();
    }

    /// What a column holds beside the name.
    fn besides(&self) -> f32 {
        self.numbers_width() + SWATCH * self.page.letters + self.page.small() * 0.5
    }

    fn line(&self) -> f32 {
        self.page.small() * 1.35
    }

    fn gap(&self) -> f32 {
        self.page.letters * 1.8
    }

    fn between(&self) -> f32 {
        self.page.small()
    }

    fn numbers_width(&self) -> f32 {
        self.widths.iter().map(|width| width + self.between()).sum()
    }

    /// What it needs below the plot.
    pub(super) fn height(&self) -> f32 {
        let lines = self.sentences.len() + if self.rows == 0 { 0 } else { self.rows + 1 };
        if lines == 0 { 0.0 } else { lines as f32 * self.line() + self.page.small() * 0.5 }
    }

    /// Draws it below `top`.
    pub(super) fn draw(&self, scene: &mut Scene, top: f32) {
        let (left, right) = self.page.sides();
        let top = top + self.page.small() * 0.5;
        let mut bottom = top;
        if self.rows > 0 {
            for column in 0..self.columns {
                let x = left + column as f32 * (self.width + self.gap());
                self.column(scene, column, (x, top));
            }
            bottom += (self.rows + 1) as f32 * self.line();
        }
        let letters = Letters::new(self.page.small(), self.page.colors.faded);
        for sentence in &self.sentences {
            letters.write(scene, (left, bottom), sentence, right - left);
            bottom += self.line();
        }
    }

    fn column(&self, scene: &mut Scene, column: usize, (left, top): (f32, f32)) {
        let width = self.width;
        let heads = Letters::new(self.page.small(), self.page.colors.faded);
        self.numbers(scene, heads, (left + width, top), &HEADS.map(str::to_owned));
        let drawn = self.columns * self.rows;
        let begin = column * self.rows;
        let mut top = top + self.line();
        for (entry, number) in self.entries.iter().skip(begin).take(self.rows).zip(begin..) {
            let is_last_place = number + 1 == drawn;
            if is_last_place && self.entries.len() > drawn {
                let left_out = self.entries.len() - number;
                heads.write(scene, (left, top), &say::more(left_out), width);
            } else {
                self.entry(scene, entry, (left, top));
            }
            top += self.line();
        }
    }

    fn entry(&self, scene: &mut Scene, entry: &Entry, (left, top): (f32, f32)) {
        let swatch = SWATCH * self.page.letters;
        let middle = top + self.page.small() * 0.65;
        scene.line(vec![(left, middle), (left + swatch, middle)], entry.pen);
        let letters = Letters::new(self.page.small(), self.page.colors.text);
        let begin = left + swatch + self.page.small() * 0.5;
        letters.write_seen(scene, (begin, top), &entry.name, self.width);
        self.numbers(scene, letters, (left + self.width, top), &entry.numbers);
    }

    /// Aligned at their right ends, the last one at `right`.
    fn numbers(
        &self,
        scene: &mut Scene,
        letters: Letters,
        (right, top): (f32, f32),
        numbers: &[String; 3],
    ) {
        let mut right = right;
        for (number, width) in numbers.iter().zip(self.widths).rev() {
            letters.right().write(scene, (right, top), number, width + 1.0);
            right -= width + self.between();
        }
    }
}

impl Entry {
    fn new(chart: &Chart, series: &Series, pen: Pen) -> Self {
        let numbers = [series.last(), series.min(), series.max()];
        let span = series.max().zip(series.min()).map_or(0.0, |(max, min)| max - min);
        let format = |value: f64| chart.unit.format_within(value, span);
        let numbers = numbers.map(|value| value.map_or("–".to_owned(), format));
        Self { name: series.name.clone(), pen, numbers }
    }
}

fn number_width(entries: &[Entry], at: usize, page: &Page) -> f32 {
    let head = HEADS.get(at).copied().unwrap_or_default();
    let numbers = entries.iter().filter_map(|entry| entry.numbers.get(at));
    let widths = numbers.map(String::as_str).chain([head]);
    widths.map(|text| font::width(text, page.small())).fold(0.0, f32::max)
}

fn sentences(chart: &Chart) -> Vec<String> {
    let hidden = (chart.hidden > 0).then(|| say::hidden(chart));
    hidden
        .into_iter()
        .chain(say::layout(chart))
        .chain(say::not_drawn(chart))
        .chain(chart.notes.iter().cloned())
        .take(SENTENCES_MAX)
        .collect()
}

fn count(share: f32) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    let whole = share.floor() as usize;
    whole
}
