//! One picture: ten lines of 360 points at 1200x600, beside rrdtool and matplotlib.
//!
//! All three write a PNG with title, axes, ten lines and a legend of last, least and greatest
//! values, of the same numbers. rrdtool reads them from its own file; the other two hold them.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use chrono::{DateTime, TimeDelta};
use warroom::domain::chart::{Axis, Chart, Look, Point, Series, Theme, Unit};
use warroom::render;

use super::programs::{has, scratch};
use super::table::{self, Rounds, row, short};

/// Pictures of each; the first is warmth and does not count.
const ROUNDS: usize = 31;
const LINES: usize = 10;
const POINTS: i64 = 360;
const STEP: i64 = 10;
const BEGIN: i64 = 1_795_000_000;
const SIZE: (u32, u32) = (1200, 600);
/// Debian's own Python: its matplotlib is not seen by others.
const PYTHON: &str = "/usr/bin/python3";
const MATPLOTLIB: &str = "/usr/lib/python3/dist-packages/matplotlib/__init__.py";
const COLOURS: [&str; 10] = [
    "0072b2", "d55e00", "00805f", "b04f8a", "8f6a00", "4d5563", "1f77b4", "ff7f0e", "2ca02c",
    "d62728",
];

pub(crate) fn run() {
    let folder = scratch();
    let (chart, look) = (chart(), look(1.0));
    let has_rrdtool = has("rrdtool");
    let mut open = has_rrdtool.then(|| open_rrdtool(folder.path()));
    let mut python = has_matplotlib().then(|| open_matplotlib(folder.path()));
    let mut ours = [Rounds::default(), Rounds::default(), Rounds::default()];
    let mut peers = [Rounds::default(), Rounds::default(), Rounds::default()];
    for _ in 0..ROUNDS {
        ours[0].0.push(timed(|| drop(render::png(&chart, &look).unwrap())));
        if let Some(open) = &mut open {
            peers[0].0.push(timed(|| open.ask(&graph(folder.path()), "OK")));
            peers[1].0.push(timed(|| cold_rrdtool(folder.path())));
        }
        if let Some(python) = &mut python {
            peers[2].0.push(timed(|| python.ask("draw", "OK")));
        }
        ours[1].0.push(timed(|| drop(render::png(&chart, &self::look(2.0)).unwrap())));
        ours[2].0.push(timed(|| drop(render::svg(&chart, &look).unwrap())));
    }
    for rounds in ours.iter_mut().chain(&mut peers).filter(|rounds| !rounds.0.is_empty()) {
        rounds.0.remove(0);
    }
    let bytes = render::png(&chart, &look).unwrap().len() as f64;
    print(folder.path(), &ours, &peers, bytes);
}

fn print(folder: &Path, ours: &[Rounds; 3], peers: &[Rounds; 3], bytes: f64) {
    let size = |name: &str| {
        let found = std::fs::metadata(folder.join(name)).map(|file| file.len() as f64 / 1024.0);
        found.map_or(String::new(), short)
    };
    let mut rows = vec![row(["", "ms a picture", "warroom takes", "KiB"])];
    rows.push(row(["warroom, 1200x600 PNG", &ours[0].spread(), "", &short(bytes / 1024.0)]));
    let names = ["rrdtool, kept open", "rrdtool, started for each", "matplotlib, warm process"];
    let files = ["rrd.png", "rrd.png", "matplotlib.png"];
    for ((name, file), peer) in names.iter().zip(files).zip(peers) {
        if !peer.0.is_empty() {
            let ratio = format!("{:.2} of it", ours[0].over(peer));
            rows.push(row([name, &peer.spread(), &ratio, &size(file)]));
        }
    }
    rows.push(row(["warroom, the same at scale 2", &ours[1].spread(), "", ""]));
    rows.push(row(["warroom, the same as SVG", &ours[2].spread(), "", ""]));
    table::print("graph: one picture of 10 lines of 360 points", &rows);
}

fn timed(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64() * 1000.0
}

fn look(scale: f32) -> Look {
    Look { theme: Theme::Light, width: SIZE.0, height: SIZE.1, scale }
}

/// What all draw.
fn value(line: usize, point: i64) -> f64 {
    let (line, point) = (line as f64, point as f64);
    let noise = (point * 12.9898 + line * 78.233).sin() * 43_758.545;
    0.2 + line * 0.03 + 0.1 * (point / 40.0 + line).sin() + 0.02 * (noise - noise.floor())
}

fn chart() -> Chart {
    let from = DateTime::from_timestamp(BEGIN, 0).unwrap();
    let point = |line: usize, number: i64| Point {
        at: (BEGIN + number * STEP) * 1000,
        value: value(line, number),
    };
    let line = |line: usize| Series {
        name: format!("cms-{line}"),
        points: (0..POINTS).map(|number| point(line, number)).collect(),
        ..Series::default()
    };
    Chart {
        title: "cms latency".to_owned(),
        command: "graph latency cms 1h".to_owned(),
        unit: Unit::Seconds,
        from,
        to: from + TimeDelta::seconds(POINTS * STEP),
        step: TimeDelta::seconds(STEP),
        zone: chrono_tz::Europe::Berlin,
        series: (0..LINES).map(line).collect(),
        hidden: 0,
        limits: Vec::new(),
        markers: Vec::new(),
        notes: Vec::new(),
        axis: Axis::default(),
    }
}

/// A process that is asked by lines.
struct Asked {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Asked {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    /// Sends a line, and waits for the line that begins with `done`.
    fn ask(&mut self, line: &str, done: &str) {
        writeln!(self.input, "{line}").unwrap();
        self.input.flush().unwrap();
        let mut answer = String::new();
        while !answer.starts_with(done) {
            answer.clear();
            let read = self.output.read_line(&mut answer).unwrap();
            assert!(read > 0 && !answer.starts_with("ERROR"), "{answer}");
        }
    }
}

/// rrdtool in pipe mode, with its file filled.
fn open_rrdtool(folder: &Path) -> Asked {
    let mut open = Asked::start(Command::new("rrdtool").arg("-"));
    let file = folder.join("data.rrd");
    let sources: String = (0..LINES).fold(String::new(), |mut text, line| {
        write!(text, " DS:d{line}:GAUGE:60:U:U").unwrap();
        text
    });
    let file = file.display();
    let start = BEGIN - STEP;
    open.ask(
        &format!("create {file} --start {start} --step {STEP}{sources} RRA:LAST:0.5:1:400"),
        "OK",
    );
    for point in 0..POINTS {
        let values: Vec<String> = (0..LINES).map(|line| value(line, point).to_string()).collect();
        open.ask(&format!("update {file} {}:{}", BEGIN + point * STEP, values.join(":")), "OK");
    }
    open
}

/// The words of `rrdtool graph`, none of which holds a blank.
fn graph(folder: &Path) -> String {
    let (data, picture) = (folder.join("data.rrd"), folder.join("rrd.png"));
    let end = BEGIN + POINTS * STEP;
    let mut words = format!(
        "graph {} --full-size-mode --width {} --height {} --start {BEGIN} --end {end} \
         --title cms-latency --vertical-label s",
        picture.display(),
        SIZE.0,
        SIZE.1
    );
    for (line, colour) in COLOURS.iter().enumerate() {
        let data = data.display();
        write!(
            words,
            " DEF:v{line}={data}:d{line}:LAST LINE2:v{line}#{colour}:cms-{line} \
             GPRINT:v{line}:LAST:%.3lf%s GPRINT:v{line}:MIN:%.3lf%s GPRINT:v{line}:MAX:%.3lf%s\\l"
        )
        .unwrap();
    }
    words
}

fn cold_rrdtool(folder: &Path) {
    let words = graph(folder);
    let output = Command::new("rrdtool").args(words.split(' ')).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn has_matplotlib() -> bool {
    let is_there = Path::new(MATPLOTLIB).exists();
    if !is_there {
        println!("\nskipped: matplotlib is not installed; tests/run installs it");
    }
    is_there
}

/// A Python that has drawn nothing yet, but has imported everything and holds the numbers.
fn open_matplotlib(folder: &Path) -> Asked {
    let numbers: Vec<Vec<f64>> =
        (0..LINES).map(|line| (0..POINTS).map(|point| value(line, point)).collect()).collect();
    std::fs::write(folder.join("data.json"), serde_json::to_string(&numbers).unwrap()).unwrap();
    let script = include_str!("graph.py");
    Asked::start(Command::new(PYTHON).args(["-c", script]).arg(folder))
}
