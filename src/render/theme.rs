//! Colours, light and dark.
//!
//! Texts have a contrast of at least 4.5 to 1 with the ground, lines and symbols of at least 3 to 1
//! (WCAG 2.2, 1.4.3 and 1.4.11). The colours of lines differ for people who do not tell red from
//! green: they follow Okabe and Ito (<https://jfly.uni-koeln.de/color/>), darkened or brightened.
//! After six lines the dashes change, so that no two of the first thirty look alike.

use super::scene::{Ink, Pen};
use crate::domain::chart::{MarkerKind, Series, Theme};

/// One theme.
#[derive(Debug)]
pub(super) struct Colors {
    pub(super) ground: Ink,
    pub(super) text: Ink,
    /// For what is read second: ticks, subtitle, heads of columns.
    pub(super) faded: Ink,
    pub(super) grid: Ink,
    pub(super) axis: Ink,
    pub(super) limit: Ink,
    alert: Ink,
    cleared: Ink,
    deploy: Ink,
    fix: Ink,
    lines: [Ink; 6],
}

const LIGHT: Colors = Colors {
    ground: Ink::hex(0xffffff),
    text: Ink::hex(0x1a1d24),
    faded: Ink::hex(0x565d6b),
    grid: Ink::hex(0xe6e8ec),
    axis: Ink::hex(0x9aa1ad),
    limit: Ink::hex(0xb3261e),
    alert: Ink::hex(0xb3261e),
    cleared: Ink::hex(0x1b7a43),
    deploy: Ink::hex(0x5b3fa6),
    fix: Ink::hex(0x0b6b8a),
    lines: [
        Ink::hex(0x0072b2),
        Ink::hex(0xd55e00),
        Ink::hex(0x00805f),
        Ink::hex(0xb04f8a),
        Ink::hex(0x8f6a00),
        Ink::hex(0x4d5563),
    ],
};

const DARK: Colors = Colors {
    ground: Ink::hex(0x15181e),
    text: Ink::hex(0xe8eaee),
    faded: Ink::hex(0xa3abb8),
    grid: Ink::hex(0x2a2f38),
    axis: Ink::hex(0x616a78),
    limit: Ink::hex(0xff8a80),
    alert: Ink::hex(0xff8a80),
    cleared: Ink::hex(0x6fd79a),
    deploy: Ink::hex(0xb9a5f5),
    fix: Ink::hex(0x6fcbe8),
    lines: [
        Ink::hex(0x56b4e9),
        Ink::hex(0xf0843c),
        Ink::hex(0x2fc79f),
        Ink::hex(0xe48cc3),
        Ink::hex(0xe9c341),
        Ink::hex(0xc3c8d1),
    ],
};

/// One after each round of colours.
const DASHES: [&[f32]; 5] =
    [&[], &[7.0, 3.0], &[2.0, 2.5], &[9.0, 3.0, 2.0, 3.0], &[3.0, 3.0, 3.0, 3.0, 10.0, 3.0]];
/// Of an earlier time.
const PAST_DASH: &[f32] = &[4.0, 3.0];
const PAST_ALPHA: f32 = 0.6;
/// Widths of lines, in CSS pixels: what is now, and what was.
const NOW: f32 = 2.0;
const PAST: f32 = 1.5;

impl Colors {
    pub(super) fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }

    /// How these series are drawn. One of an earlier time has the colour of its like of today.
    pub(super) fn pens(&self, series: &[Series]) -> Vec<Pen> {
        let (mut now, mut past) = (0.., 0..);
        let pens = series.iter().map(|series| {
            let numbers = if series.is_past { &mut past } else { &mut now };
            let number = numbers.next().unwrap_or_default();
            if series.is_past { self.past(number) } else { self.line(number) }
        });
        pens.collect()
    }

    /// The line with this number, from 0.
    fn line(&self, number: usize) -> Pen {
        let round = number / self.lines.len() % DASHES.len();
        Pen {
            ink: self.color(number),
            width: NOW,
            dash: DASHES.get(round).copied().unwrap_or_default(),
        }
    }

    /// The same line at an earlier time.
    fn past(&self, number: usize) -> Pen {
        Pen { ink: self.color(number).faint(PAST_ALPHA), width: PAST, dash: PAST_DASH }
    }

    fn color(&self, number: usize) -> Ink {
        self.lines.get(number % self.lines.len()).copied().unwrap_or(self.text)
    }

    /// The colour of a moment.
    pub(super) fn marker(&self, kind: MarkerKind) -> Ink {
        match kind {
            MarkerKind::Alert => self.alert,
            MarkerKind::Cleared => self.cleared,
            MarkerKind::Deploy => self.deploy,
            MarkerKind::Fix => self.fix,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEMES: [&Colors; 2] = [&LIGHT, &DARK];

    #[test]
    fn texts_can_be_read() {
        for colors in THEMES {
            let marks = [colors.alert, colors.cleared, colors.deploy, colors.fix];
            for ink in [colors.text, colors.faded, colors.limit].into_iter().chain(marks) {
                let found = contrast(ink, colors.ground);
                assert!(found >= 4.5, "{ink:?} on {:?}: {found}", colors.ground);
            }
        }
    }

    #[test]
    fn lines_can_be_seen() {
        for colors in THEMES {
            for ink in colors.lines {
                let found = contrast(ink, colors.ground);
                assert!(found >= 3.0, "{ink:?} on {:?}: {found}", colors.ground);
            }
        }
    }

    #[test]
    fn thirty_lines_differ() {
        for colors in THEMES {
            let pens: Vec<Pen> = (0..30).map(|number| colors.line(number)).collect();
            for (at, pen) in pens.iter().enumerate() {
                assert!(!pens[..at].contains(pen), "line {at}");
            }
        }
    }

    /// WCAG's contrast ratio.
    fn contrast(one: Ink, two: Ink) -> f64 {
        let (one, two) = (luminance(one), luminance(two));
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(ink: Ink) -> f64 {
        let part = |part: u8| {
            let share = f64::from(part) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = ink.rgb.map(part);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}
