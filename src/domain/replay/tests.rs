use chrono::{DateTime, Utc};

use super::{Compared, Moved, Tally};
use crate::domain::ids::Number;
use crate::domain::messages::replay as say;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn tally(pages: &[(&str, &str)]) -> Tally {
    let mut tally = Tally::default();
    (tally.files, tally.rooms) = ("abc".into(), 1);
    tally.fired(Some(&"disk".into()));
    tally.fired(None);
    tally.unheard("Odd: no rule".into());
    tally.opened(Number(1), &"disk".into());
    tally.ticketed(Number(1));
    for (who, when) in pages {
        tally.paged(Number(1), (*who).into(), at(when), chrono_tz::Europe::Berlin);
    }
    tally
}

fn compared(before: Option<Tally>, after: Tally) -> Compared {
    Compared {
        from: at("2026-01-05T00:00:00Z"),
        until: at("2026-01-12T00:00:00Z"),
        source: "the journal".to_owned(),
        zone: chrono_tz::Europe::Berlin,
        reports: 7,
        before,
        after,
        moved: vec![Moved {
            alert: "Disk|Full".into(),
            before: None,
            after: Some("disk".into()),
            firings: 3,
        }],
        notes: Vec::new(),
    }
}

#[test]
fn night_is_on_the_peoples_clock() {
    let tally = tally(&[("ana", "2026-01-05T05:59:00Z"), ("ana", "2026-01-05T06:00:00Z")]);
    assert_eq!((tally.pages, tally.night_pages), (2, 1), "07:00 in Berlin is day");
    assert_eq!(tally.people["ana"].by_hour[6], 1);
    assert_eq!(tally.rules["disk"].pages, 2);
    assert_eq!(tally.hours.len(), 2);
}

#[test]
fn the_difference_is_a_table_for_people() {
    let before = tally(&[("ana", "2026-01-05T02:00:00Z"), ("ben", "2026-01-05T12:00:00Z")]);
    let mut after = tally(&[("ben", "2026-01-05T12:00:00Z")]);
    after.ran(Some(Number(1)), "restart (auto)".into());
    insta::assert_snapshot!(say::text(&compared(Some(before), after)), @r##"
    1 incident, 2 to 1 pages (1 to 0 at night), 1 firing that nobody hears of.

    In all
                                 before  after  change
      incidents opened                1      1       =
      incidents re-opened             0      0       =
      rooms                           1      1       =
      tickets                         1      1       =
      pages                           2      1      -1
      pages from 22:00 to 07:00       1      0      -1
      runs asked for                  0      1      +1
      held back                       0      0       =
      firings that reach nobody       1      1       =

    Pages by person
           before  after  change  at night
      ana       1      0      -1    1 to 0
      ben       1      1       =         0

    Runs that rules ask for
                      before  after  change
      restart (auto)       0      1      +1

    Rules that act otherwise
            firings  incidents   pages  tickets    runs
      disk        1          1  2 to 1        1  0 to 1

    Alerts with another rule
                    before  after  firings
      Disk|Full  (no rule)   disk        3

    the journal, 2026-01-05 00:00 to 2026-01-12 00:00 UTC: 7 reports, 2 firings. Nothing was sent. Nobody answers in a replay, so that escalations run on until their alerts end. Day and night are those of Europe/Berlin.
    Files: version abc before, abc after.
    "##);
}

#[test]
fn markdown_keeps_a_bar_in_a_name_out_of_the_table() {
    let it = compared(None, tally(&[("ana", "2026-01-05T02:00:00Z")]));
    insta::assert_snapshot!(say::markdown(&it), @r##"
    ### Replay: 1 incident, 1 page (1 at night), 1 firing that nobody hears of.

    **In all**

    |  | count |
    | --- | ---: |
    | incidents opened | 1 |
    | incidents re-opened | 0 |
    | rooms | 1 |
    | tickets | 1 |
    | pages | 1 |
    | pages from 22:00 to 07:00 | 1 |
    | runs asked for | 0 |
    | held back | 0 |
    | firings that reach nobody | 1 |

    **Pages by person**

    |  | count | at night |
    | --- | ---: | ---: |
    | ana | 1 | 1 |

    **Rules**

    |  | firings | incidents | pages | tickets | runs |
    | --- | ---: | ---: | ---: | ---: | ---: |
    | disk | 1 | 1 | 1 | 1 | 0 |

    **Firings that reach nobody**

    |  | count |
    | --- | ---: |
    | Odd: no rule | 1 |

    **Alerts with another rule**

    |  | before | after | firings |
    | --- | ---: | ---: | ---: |
    | Disk\|Full | (no rule) | disk | 3 |

    <sub>the journal, 2026-01-05 00:00 to 2026-01-12 00:00 UTC: 7 reports, 2 firings. Nothing was sent. Nobody answers in a replay, so that escalations run on until their alerts end. Day and night are those of Europe/Berlin.
    Files: version abc.</sub>
    "##);
}
