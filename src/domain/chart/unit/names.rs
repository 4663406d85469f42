//! The names under which dashboards know units.

use super::Unit;

/// What stands behind a number is at most this long: it is drawn at every tick of an axis.
const OTHER_LETTERS_MAX: usize = 16;

/// Grafana's ids and people's signs for units that are only a text behind the number.
const SIGNS: [(&str, &str); 14] = [
    ("ops", "ops/s"),
    ("iops", "io/s"),
    ("rps", "reads/s"),
    ("wps", "writes/s"),
    ("cps", "1/s"),
    ("hertz", "Hz"),
    ("celsius", "°C"),
    ("ns", "ns"),
    ("m", "min"),
    ("bits", "bit"),
    ("decbits", "bit"),
    ("kbytes", "KiB"),
    ("mbytes", "MiB"),
    ("gbytes", "GiB"),
];

/// Case counts: `Bps` are bytes, `bps` are bits.
pub(super) fn parse(text: &str) -> Unit {
    let text = text.trim();
    match text {
        "" | "short" | "none" | "number" | "locale" => Unit::Short,
        "s" | "sec" | "second" | "seconds" | "dtdurations" => Unit::Seconds,
        "ms" | "milliseconds" | "dtdurationms" => Unit::Milliseconds,
        "B" | "byte" | "bytes" | "decbytes" => Unit::Bytes,
        "B/s" | "Bps" | "binBps" | "bytes/s" => Unit::BytesPerSecond,
        "bit/s" | "bits/s" | "bps" | "binbps" => Unit::BitsPerSecond,
        "%" | "percent" => Unit::Percent,
        "percentunit" => Unit::PercentUnit,
        "reqps" | "req/s" | "requests/s" => Unit::RequestsPerSecond,
        _ => other(text),
    }
}

fn other(text: &str) -> Unit {
    if let Some((_, sign)) = SIGNS.iter().find(|(name, _)| *name == text) {
        return Unit::Other((*sign).into());
    }
    // Grafana's own spellings of a text behind the number.
    let plain = text.strip_prefix("suffix:").unwrap_or(text);
    Unit::Other(plain.chars().filter(|c| !c.is_control()).take(OTHER_LETTERS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_dashboards_are_known() {
        let cases = [
            ("s", Unit::Seconds),
            ("ms", Unit::Milliseconds),
            ("bytes", Unit::Bytes),
            (" % ", Unit::Percent),
            ("percent", Unit::Percent),
            ("percentunit", Unit::PercentUnit),
            ("reqps", Unit::RequestsPerSecond),
            ("req/s", Unit::RequestsPerSecond),
            ("Bps", Unit::BytesPerSecond),
            ("bps", Unit::BitsPerSecond),
            ("short", Unit::Short),
            ("", Unit::Short),
            ("ops", Unit::Other("ops/s".into())),
            ("suffix:sheep", Unit::Other("sheep".into())),
            ("sheep", Unit::Other("sheep".into())),
        ];
        for (text, unit) in cases {
            assert_eq!(Unit::parse(text), unit, "{text}");
        }
    }

    #[test]
    fn an_unknown_name_is_bounded() {
        let Unit::Other(text) = Unit::parse(&"x\n".repeat(10_000)) else { panic!("not other") };
        assert_eq!(text, "x".repeat(8) + &"x".repeat(8));
    }
}
