//! Golden pictures: what is drawn is what was looked at.
//!
//! `WARROOM_BLESS=1 cargo test --test it pictures::` writes them anew; look at every one that
//! changed before committing it. They are compared with a tolerance, because another processor may
//! round the edges of letters otherwise.

mod cases;
mod compare;
mod hostile;

use std::path::{Path, PathBuf};

use cases::Case;
use warroom::domain::chart::Look;
use warroom::render;

/// Set to write the golden pictures instead of comparing with them.
const BLESS: &str = "WARROOM_BLESS";

#[test]
fn pictures_are_those_that_were_looked_at() {
    let mut wrong = Vec::new();
    for Case { name, chart, look } in cases::all() {
        let drawn = render::png(&chart, &look).unwrap();
        let golden = folder("tests/golden/pictures").join(format!("{name}.png"));
        if std::env::var_os(BLESS).is_some() {
            std::fs::write(&golden, &drawn).unwrap();
        }
        let blessed = std::fs::read(&golden).unwrap_or_default();
        if let Err(why) = compare::pictures(&blessed, &drawn) {
            let file = folder("target/pictures").join(format!("{name}.png"));
            std::fs::write(&file, &drawn).unwrap();
            wrong.push(format!("{name}: {why}; drawn now: {}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\nright? then bless with {BLESS}=1", wrong.join("\n"));
}

#[test]
fn no_golden_picture_is_left_over() {
    let names: Vec<String> = cases::all().iter().map(|case| format!("{}.png", case.name)).collect();
    for file in std::fs::read_dir(folder("tests/golden/pictures")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name), "no case draws {name}");
    }
}

#[test]
fn a_scale_multiplies_the_pixels_and_nothing_else() {
    let case = &cases::all()[0];
    for scale in [0.5, 1.0, 2.0, 3.0] {
        let look = Look { scale, ..case.look };
        let picture = compare::decoded(&render::png(&case.chart, &look).unwrap()).unwrap();
        assert_eq!(f64::from(picture.width), 800.0 * f64::from(scale));
        assert_eq!(f64::from(picture.height), 400.0 * f64::from(scale));
    }
}

fn folder(below: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(below);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
