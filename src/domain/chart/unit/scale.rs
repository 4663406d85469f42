//! How a number is scaled so that it is short: `0.00025 s` is read as `250 us`.

use compact_str::{CompactString, format_compact};

use super::Unit;

/// Beyond this a number is written with an exponent: no prefix is left.
const PLAIN_MAX: f64 = 1e15;
/// Below this, zero aside, a number without a prefix for it is written with an exponent.
const PLAIN_MIN: f64 = 1e-4;
/// Digits that count, where nothing asks for more.
const DIGITS: i32 = 3;
/// More digits than this are noise in any measurement.
const DIGITS_MAX: i32 = 9;
/// More decimals than this tell nobody anything.
const DECIMALS_MAX: usize = 9;

const THOUSANDS: [(f64, &str); 5] = [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
const KIBIS: [(f64, &str); 5] = [
    (1_125_899_906_842_624.0, "PiB"),
    (1_099_511_627_776.0, "TiB"),
    (1_073_741_824.0, "GiB"),
    (1_048_576.0, "MiB"),
    (1024.0, "KiB"),
];
const TIMES: [(f64, &str); 7] = [
    (86_400.0, "d"),
    (3600.0, "h"),
    (60.0, "min"),
    (1.0, "s"),
    (1e-3, "ms"),
    (1e-6, "us"),
    (1e-9, "ns"),
];

/// A divisor, and what is written behind the divided number.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// The number that is read is the value divided by this.
    pub divisor: f64,
    /// What stands behind it, with the blank that belongs before it.
    pub suffix: CompactString,
}

impl Scale {
    /// The value with three digits that count, and the unit.
    #[must_use]
    pub fn format(&self, value: f64) -> String {
        self.format_digits(value, DIGITS)
    }

    /// The same with so many digits that a hundredth of this span is seen: 99.91 % beside 99.95 %.
    #[must_use]
    pub fn format_within(&self, value: f64, span: f64) -> String {
        let ratio = (value / span).abs();
        let more = if ratio.is_normal() { ratio.log10().ceil() } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm, clamped below")]
        let digits = (more as i32).saturating_add(1);
        self.format_digits(value, digits.clamp(DIGITS, DIGITS_MAX))
    }

    fn format_digits(&self, value: f64, digits: i32) -> String {
        if value.is_nan() {
            return "NaN".to_owned();
        }
        if value.is_infinite() {
            return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
        }
        format!("{}{}", significant(value / self.divisor, digits), self.suffix)
    }

    /// The value with as many decimals as two values this far apart need to differ.
    #[must_use]
    pub fn format_step(&self, value: f64, step: f64) -> String {
        let (number, step) = (value / self.divisor, (step / self.divisor).abs());
        // A sum of steps that should be zero is rarely quite zero.
        let number = if number.abs() < step * 1e-6 { 0.0 } else { number };
        let text = if number == 0.0 {
            "0".to_owned()
        } else if number.abs() >= PLAIN_MAX || (step > 0.0 && step < PLAIN_MIN) {
            exponent(number)
        } else {
            let decimals = (0..DECIMALS_MAX).find(|places| is_whole_with(step, *places));
            format!("{number:.*}", decimals.unwrap_or(DECIMALS_MAX))
        };
        format!("{text}{}", self.suffix)
    }
}

fn is_whole_with(step: f64, places: usize) -> bool {
    let shifted = step * 10_f64.powi(i32::try_from(places).unwrap_or_default());
    (shifted - shifted.round()).abs() < 1e-6 * shifted.max(1e-300)
}

fn significant(number: f64, digits: i32) -> String {
    let size = number.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(PLAIN_MIN..PLAIN_MAX).contains(&size) {
        return exponent(number);
    }
    #[expect(clippy::cast_possible_truncation, reason = "between -4 and 15, by the range above")]
    let magnitude = size.log10().floor() as i32;
    let decimals = usize::try_from(digits - 1 - magnitude).unwrap_or_default();
    trimmed(format!("{number:.decimals$}"))
}

fn exponent(number: f64) -> String {
    let text = format!("{number:.2e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{}e{power}", trimmed(digits.to_owned()))
}

/// Without zeros at the end of the decimals: they claim a precision that nobody measured.
fn trimmed(text: String) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// The scale that suits a value of this size.
pub(super) fn of(unit: &Unit, value: f64) -> Scale {
    let size = if value.is_finite() { value.abs() } else { 0.0 };
    match unit {
        Unit::Short => prefixed(&THOUSANDS, size, ""),
        Unit::Seconds => time(size, 1.0),
        Unit::Milliseconds => time(size, 1000.0),
        Unit::Bytes => bytes(size, ""),
        Unit::BytesPerSecond => bytes(size, "/s"),
        Unit::BitsPerSecond => spaced(&THOUSANDS, size, "bit/s"),
        Unit::Percent => scale(1.0, "%"),
        Unit::PercentUnit => scale(0.01, "%"),
        Unit::RequestsPerSecond => prefixed(&THOUSANDS, size, " req/s"),
        Unit::Other(text) => prefixed(&THOUSANDS, size, &format!(" {text}")),
    }
}

fn scale(divisor: f64, suffix: impl Into<CompactString>) -> Scale {
    Scale { divisor, suffix: suffix.into() }
}

/// The largest prefix that leaves at least one before the point; a little less than one still
/// rounds to it.
fn largest(table: &[(f64, &'static str)], size: f64) -> Option<(f64, &'static str)> {
    table.iter().copied().find(|(divisor, _)| size >= divisor * 0.9995)
}

/// `1.5k req/s`: the prefix belongs to the number. Beyond the table a number has an exponent.
fn prefixed(table: &[(f64, &'static str)], size: f64, behind: &str) -> Scale {
    match largest(table, size) {
        Some((divisor, prefix)) if size < PLAIN_MAX * 1e3 => {
            scale(divisor, format_compact!("{prefix}{behind}"))
        }
        Some(_) | None => scale(1.0, behind),
    }
}

/// `1.5 Mbit/s`: the prefix belongs to the unit.
fn spaced(table: &[(f64, &'static str)], size: f64, behind: &str) -> Scale {
    match largest(table, size) {
        Some((divisor, prefix)) => scale(divisor, format_compact!(" {prefix}{behind}")),
        None => scale(1.0, format_compact!(" {behind}")),
    }
}

fn bytes(size: f64, behind: &str) -> Scale {
    match largest(&KIBIS, size) {
        Some((divisor, name)) => scale(divisor, format_compact!(" {name}{behind}")),
        None => scale(1.0, format_compact!(" B{behind}")),
    }
}

/// `in_a_second`: how many of the unit a second has.
fn time(size: f64, in_a_second: f64) -> Scale {
    let seconds = size / in_a_second;
    let found = if seconds == 0.0 {
        Some(if in_a_second > 1.0 { (1e-3, "ms") } else { (1.0, "s") })
    } else {
        largest(&TIMES, seconds)
    };
    let (divisor, name) = found.unwrap_or((1e-9, "ns"));
    scale(divisor * in_a_second, format_compact!(" {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_people_read_them() {
        let cases = [
            (Unit::Short, 0.0, "0"),
            (Unit::Short, 1234.0, "1.23k"),
            (Unit::Short, -2_500_000.0, "-2.5M"),
            (Unit::Short, 0.1 + 0.2, "0.3"),
            (Unit::Short, 1.5e-9, "1.5e-9"),
            (Unit::Short, 3e21, "3e21"),
            (Unit::Short, f64::MAX, "1.8e308"),
            (Unit::Short, f64::NAN, "NaN"),
            (Unit::Short, f64::NEG_INFINITY, "-Inf"),
            (Unit::Seconds, 0.25, "250 ms"),
            (Unit::Seconds, 0.000_25, "250 us"),
            (Unit::Seconds, 1.25, "1.25 s"),
            (Unit::Seconds, 90.0, "1.5 min"),
            (Unit::Seconds, 0.0, "0 s"),
            (Unit::Milliseconds, 0.0, "0 ms"),
            (Unit::Milliseconds, 1500.0, "1.5 s"),
            (Unit::Bytes, 1536.0, "1.5 KiB"),
            (Unit::Bytes, 1_073_741_824.0, "1 GiB"),
            (Unit::BytesPerSecond, 100.0, "100 B/s"),
            (Unit::BitsPerSecond, 1_500_000.0, "1.5 Mbit/s"),
            (Unit::Percent, 45.0, "45%"),
            (Unit::PercentUnit, 0.451, "45.1%"),
            (Unit::RequestsPerSecond, 1200.0, "1.2k req/s"),
            (Unit::Other("sheep".into()), 12.0, "12 sheep"),
        ];
        for (unit, value, text) in cases {
            assert_eq!(unit.format(value), text, "{unit:?} {value}");
        }
    }

    #[test]
    fn values_that_are_close_have_more_digits() {
        let within =
            |value: f64, span: f64| Unit::PercentUnit.scale(value).format_within(value, span);
        assert_eq!(within(0.99914, 0.0008), "99.914%");
        assert_eq!(within(0.5, 0.4), "50%");
        assert_eq!(within(0.5, 0.0), "50%");
        assert_eq!(within(0.0, 1.0), "0%");
        assert_eq!(within(0.123_456, 1e-300), "12.3456%");
    }

    #[test]
    fn ticks_have_just_the_decimals_they_need() {
        let scale = Unit::Seconds.scale(2.0);
        assert_eq!(scale.format_step(1.5, 0.5), "1.5 s");
        assert_eq!(scale.format_step(0.0, 0.5), "0 s");
        assert_eq!(scale.format_step(2.0, 1.0), "2 s");
        assert_eq!(Unit::Seconds.scale(0.4).format_step(0.25, 0.05), "250 ms");
        assert_eq!(Unit::Short.scale(3e-9).format_step(2e-9, 1e-9), "2e-9");
        assert_eq!(Unit::PercentUnit.scale(0.9).format_step(0.25, 0.25), "25%");
    }
}
