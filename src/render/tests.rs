use chrono::{TimeDelta, TimeZone, Utc};

use crate::domain::chart::{Axis, Chart, Unit};

/// One hour of `cms`, a point each 15 seconds, without a line yet.
pub(in crate::render) fn chart() -> Chart {
    let to = Utc.with_ymd_and_hms(2026, 11, 21, 13, 0, 0).unwrap();
    Chart {
        title: "cms latency".to_owned(),
        command: "graph latency cms 1h".to_owned(),
        unit: Unit::Seconds,
        from: to - TimeDelta::hours(1),
        to,
        step: TimeDelta::seconds(15),
        zone: chrono_tz::UTC,
        series: Vec::new(),
        hidden: 0,
        limits: Vec::new(),
        markers: Vec::new(),
        notes: Vec::new(),
        axis: Axis::default(),
    }
}
