//! From TOML to a manifest: takes key by key, keeps every mistake, and calls whatever nobody took unknown.

use super::{Channels, Fit, Head, InputForm, InputType, Kind, Layout, Manifest, Thresholds};
use crate::error::ManifestProblem;
use std::cell::RefCell;
use std::path::{Component, Path};
use toml::{Table, Value};

type Problems = RefCell<Vec<ManifestProblem>>;

/// One table of the text; keys leave it as they are read.
struct Section<'a> {
    prefix: &'static str,
    table: Table,
    known: Vec<&'static str>,
    problems: &'a Problems,
}

impl<'a> Section<'a> {
    fn new(prefix: &'static str, table: Table, problems: &'a Problems) -> Self {
        Self { prefix, table, known: Vec::new(), problems }
    }

    fn problem(&self, key: &str, reason: impl Into<String>, hint: impl Into<String>) {
        let (key, reason, hint) = (format!("{}{key}", self.prefix), reason.into(), hint.into());
        self.problems.borrow_mut().push(ManifestProblem { key, reason, hint });
    }

    /// The value of `key` where it is there; only a wrong one is a mistake.
    fn optional<T>(&mut self, key: &'static str, hint: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        if self.table.contains_key(key) {
            return self.take(key, hint, read);
        }
        self.known.push(key);
        None
    }

    /// The value of `key`, where it is there and `read` accepts it.
    fn take<T>(&mut self, key: &'static str, hint: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        self.known.push(key);
        let Some(value) = self.table.remove(key) else {
            self.problem(key, "is missing", hint);
            return None;
        };
        let read = read(&value);
        if read.is_none() {
            self.problem(key, format!("cannot be {}", shown(&value)), hint);
        }
        read
    }

    fn text(&mut self, key: &'static str, hint: &str, valid: impl Fn(&str) -> bool) -> Option<String> {
        self.take(key, hint, |v| v.as_str().filter(|s| !s.trim().is_empty() && valid(s)).map(str::to_owned))
    }

    fn whole(&mut self, key: &'static str, min: u32, max: u32) -> Option<u32> {
        let hint = format!("a whole number in {min}..={max}");
        self.take(key, &hint, |v| {
            v.as_integer().and_then(|n| u32::try_from(n).ok()).filter(|n| (min..=max).contains(n))
        })
    }

    fn fraction(&mut self, key: &'static str) -> Option<f32> {
        self.take(key, SHARE, share)
    }

    fn three(&mut self, key: &'static str, hint: &str, valid: impl Fn(f32) -> bool) -> Option<[f32; 3]> {
        self.take(key, hint, |v| {
            let numbers: Vec<f32> = v.as_array()?.iter().map(number).collect::<Option<_>>()?;
            <[f32; 3]>::try_from(numbers).ok().filter(|three| three.iter().all(|n| n.is_finite() && valid(*n)))
        })
    }

    fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let hint = format!("one of {}", words.join(", "));
        self.take(key, &hint, |v| choices.iter().find(|(word, _)| v.as_str() == Some(word)).map(|(_, t)| *t))
    }

    fn section(&mut self, key: &'static str, prefix: &'static str) -> Option<Section<'a>> {
        let table = self.take(key, &format!("a table [{key}]"), |v| v.as_table().cloned());
        table.map(|table| Section::new(prefix, table, self.problems))
    }

    /// Calls what is left unknown.
    fn finish(self) {
        for key in self.table.keys() {
            self.problem(key, "is not a key of this table", format!("the keys are {}", self.known.join(", ")));
        }
    }
}

/// What [`share`] reads.
const SHARE: &str = "a number above 0, at most 1";

fn share(value: &Value) -> Option<f32> {
    number(value).filter(|n| *n > 0.0 && *n <= 1.0)
}

fn number(value: &Value) -> Option<f32> {
    value.as_float().or_else(|| value.as_integer().map(|n| n as f64)).map(|n| n as f32)
}

/// A value as it stands in the text, more or less.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{text}\""),
        Value::Integer(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        Value::Boolean(b) => b.to_string(),
        Value::Array(list) => format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Datetime(_) => "a date".into(),
        Value::Table(_) => "a table".into(),
    }
}

/// Reads and validates; all mistakes or a manifest.
pub(super) fn manifest(text: &str) -> Result<Manifest, Vec<ManifestProblem>> {
    let table: Table = text.parse().map_err(|e: toml::de::Error| {
        let line = 1 + e.span().map_or(0, |span| text[..span.start].matches('\n').count());
        let reason = format!("line {line}: {}", e.message());
        vec![ManifestProblem { key: String::new(), reason, hint: "a manifest is TOML; see models/RETRAIN.md".into() }]
    })?;
    let problems = Problems::default();
    let found = from_table(Section::new("", table, &problems));
    match (found, problems.into_inner()) {
        (Some(manifest), problems) if problems.is_empty() => Ok(manifest),
        (_, problems) => Err(problems),
    }
}

fn from_table(mut root: Section<'_>) -> Option<Manifest> {
    let plain = |s: &str| s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let name = root.text("name", "small letters, digits and hyphens", plain);
    let version = root.text("version", "for example \"0.1.1\", without spaces", |s| !s.contains([' ', '@', '+']));
    let kinds = [Kind::Detector, Kind::Embedder, Kind::Poser].map(|k| (k.word(), k));
    let kind = root.choice("kind", &kinds);
    let file = root.text("file", "a path below the folder of weights, without `..`", below);
    let hex = |s: &str| s.len() == 64 && s.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    let sha256 = root.text("sha256", "64 hexadecimal digits, as sha256sum prints them", hex);
    let licence = root.text("licence", "an SPDX name, or words that say what is allowed", |_| true);
    let from = |s: &str| s.starts_with("https://") || s == "models/train";
    let source = root.text("source", "where the weights came from, https://..., or models/train for our own", from);
    let address = |v: &Value| v.as_str().filter(|s| s.starts_with("https://")).map(str::to_owned);
    let download = root.optional("download", "where the very file lies, https://...", address);
    let labels = root.take("labels", "a list of names, [] for embeddings", |v| {
        v.as_array()?.iter().map(|label| label.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    let input = root.section("input", "input.").and_then(input);
    let head = root.section("head", "head.").and_then(head);
    let thresholds = match &head {
        Some(Head::Embedding { .. }) => {
            let neutral = Thresholds {
                score_min: 0.0,
                iou_max: 1.0,
                part_inside: 1.0,
                part_score: 0.0,
                detections_max: 1,
                joint_min: 1.0,
            };
            Some(neutral)
        }
        Some(head) => root.section("thresholds", "thresholds.").and_then(|s| thresholds(s, head)),
        None => root.table.remove("thresholds").and(None), // cannot be judged without a head
    };
    if let (Some(kind), Some(input), Some(head), Some(labels)) = (kind, &input, &head, &labels) {
        agree(&root, kind, input, head, labels);
    }
    root.finish();
    Some(Manifest {
        name: name?,
        version: version?,
        kind: kind?,
        file: file?.into(),
        sha256: sha256?,
        licence: licence?,
        source: source?,
        download,
        input: input?,
        head: head?,
        thresholds: thresholds?,
        labels: labels?,
    })
}

/// Whether a path stays below the folder it is joined to.
fn below(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn input(mut s: Section<'_>) -> Option<InputForm> {
    let (width, height) = (s.whole("width", 8, 4096), s.whole("height", 8, 4096));
    let layouts = [("nchw", Layout::Nchw), ("nhwc", Layout::Nhwc), ("patches", Layout::Patches(0))];
    let layout = match s.choice("layout", &layouts) {
        Some(Layout::Patches(_)) => s.whole("patch", 2, 64).map(Layout::Patches),
        layout => layout,
    };
    let channels = s.choice("channels", &[("rgb", Channels::Rgb), ("bgr", Channels::Bgr)]);
    let dtype = s.choice("dtype", &[("f32", InputType::F32), ("i32", InputType::I32)]);
    let mean = s.three("mean", "three numbers, subtracted from pixels in 0..=255", |_| true);
    let scale = s.three("scale", "three numbers other than 0, multiplied after subtracting `mean`", |n| n != 0.0);
    let any_size = s.optional("any_size", "true or false", Value::as_bool).unwrap_or(false);
    let letterbox = s.choice("fit", &[("letterbox", true), ("stretch", false)]);
    let pad = if letterbox == Some(true) { s.whole("pad", 0, 255) } else { None };
    s.finish();
    let fit = if letterbox? { Fit::Letterbox { pad: u8::try_from(pad?).ok()? } } else { Fit::Stretch };
    let (width, height, layout, channels) = (width?, height?, layout?, channels?);
    Some(InputForm { width, height, layout, channels, dtype: dtype?, mean: mean?, scale: scale?, fit, any_size })
}

fn head(mut s: Section<'_>) -> Option<Head> {
    let forms = [("yolox", 0), ("movenet_multipose", 1), ("movenet_lightning", 2), ("embedding", 3), ("people", 4)];
    let head = match s.choice("form", &forms)? {
        0 => {
            let stride =
                |v: &Value| v.as_integer().and_then(|n| u32::try_from(n).ok()).filter(|n| (1..=256).contains(n));
            let strides =
                s.take("strides", "a list of 1 to 8 whole numbers in 1..=256, for example [8, 16, 32]", |v| {
                    let list = v.as_array()?.iter().map(stride).collect::<Option<Vec<_>>>()?;
                    (1..=8).contains(&list.len()).then_some(list)
                });
            let (classes, person) = (s.whole("classes", 1, 10_000), s.whole("person", 0, 9_999));
            strides.zip(classes).zip(person).map(|((strides, classes), person)| Head::Yolox {
                strides,
                classes,
                person,
            })
        }
        1 => Some(Head::MovenetMultipose),
        2 => Some(Head::MovenetLightning),
        4 => {
            let (stride, appearance) = (s.whole("stride", 1, 256), s.whole("appearance", 0, 4_096));
            stride.zip(appearance).map(|(stride, appearance)| Head::People { stride, appearance })
        }
        _ => s.whole("dims", 2, 65_536).map(|dims| Head::Embedding { dims }),
    };
    s.finish();
    head
}

fn thresholds(mut s: Section<'_>, head: &Head) -> Option<Thresholds> {
    let score_min = s.fraction("score_min");
    let boxes = *head != Head::MovenetLightning;
    let iou_max = if boxes { s.fraction("iou_max") } else { Some(1.0) };
    let detections_max = if boxes { s.whole("detections_max", 1, 10_000) } else { Some(1) };
    let joint_min = if matches!(head, Head::People { .. }) { s.fraction("joint_min") } else { Some(1.0) };
    let part_inside = if boxes { s.optional("part_inside", SHARE, share) } else { None };
    let part_score = if part_inside.is_some() { s.fraction("part_score") } else { Some(0.0) };
    s.finish();
    let (part_inside, part_score) = (part_inside.unwrap_or(1.0), part_score?);
    let (score_min, iou_max, detections_max, joint_min) = (score_min?, iou_max?, detections_max?, joint_min?);
    Some(Thresholds { score_min, iou_max, part_inside, part_score, detections_max, joint_min })
}

/// What no single key can get wrong.
fn agree(root: &Section<'_>, kind: Kind, input: &InputForm, head: &Head, labels: &[String]) {
    let (wanted, names) = match head {
        Head::Yolox { classes, .. } => (Kind::Detector, *classes as usize),
        Head::People { .. } => (Kind::Detector, 4),
        Head::MovenetMultipose | Head::MovenetLightning => (Kind::Poser, 17),
        Head::Embedding { .. } => (Kind::Embedder, 0),
    };
    if kind != wanted && !(*head == Head::MovenetMultipose && kind == Kind::Detector) {
        let reason = format!("cannot be \"{}\" with this head", kind.word());
        root.problem("kind", reason, format!("\"{}\", or another `head.form`", wanted.word()));
    }
    if labels.len() != names {
        root.problem("labels", format!("has {} names", labels.len()), format!("{names}, in the output's order"));
    }
    let uneven = |stride: &&u32| !input.width.is_multiple_of(**stride) || !input.height.is_multiple_of(**stride);
    if let Layout::Patches(side) = &input.layout
        && uneven(&side)
    {
        let reason = format!("{side} does not divide {} x {}", input.width, input.height);
        root.problem("input.patch", reason, "it divides input.width and input.height");
    }
    if let Head::People { stride, .. } = head
        && uneven(&stride)
    {
        let reason = format!("{stride} does not divide {} x {}", input.width, input.height);
        root.problem("head.stride", reason, "it divides input.width and input.height");
    }
    if let Head::Yolox { strides, classes, person } = head {
        if let Some(stride) = strides.iter().find(uneven) {
            let reason = format!("{stride} does not divide {} x {}", input.width, input.height);
            root.problem("head.strides", reason, "every stride divides input.width and input.height");
        }
        if person >= classes {
            root.problem("head.person", format!("cannot be {person}"), format!("a class in 0..{classes}"));
        }
    }
}
