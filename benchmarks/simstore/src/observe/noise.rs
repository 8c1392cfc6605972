//! How a detector errs. Lengths are shares of the box (its width for left and right, its height for the rest), so that near and
//! far people are alike; scores are normal on the logit scale; what persists is the correlation of one picture with that 100 ms
//! later.

use serde::{Deserialize, Serialize};

/// All of a detector's errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Who is found.
    pub finding: Finding,
    /// Where boxes lie.
    pub edges: Edges,
    /// How sure it is of people.
    pub scores: Scores,
    /// Boxes that ought not to be.
    pub extra: Extra,
    /// Wrists of people who are found.
    pub wrists: Points,
    /// The same: feet.
    pub feet: Points,
}

/// The chance of being found: `most / (1 + exp(-slope (share - half)))` for somebody who shows this share of themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Chance of somebody in full view, nearly.
    pub most: f64,
    /// Share at which it is half of that.
    pub half_share: f64,
    /// How steeply it grows there.
    pub slope: f64,
    /// Boxes lower than this are never found, px.
    pub height_min_px: f64,
    /// How much finding and missing persists.
    pub persists: f64,
    /// People whose visible boxes overlap by this much (intersection over union) may be found as one.
    pub merged_iou_min: f64,
    /// How often they are.
    pub merged: f64,
}

/// Errors of a box's edges: left, top, right, bottom, outwards positive for right and bottom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edges {
    /// Mean.
    pub bias: [f64; 4],
    /// Standard deviation for somebody in full view.
    pub sd: [f64; 4],
    /// What is added to it for somebody who shows nothing: in between in proportion.
    pub sd_hidden: f64,
    /// How much an error persists.
    pub persists: f64,
}

/// Scores, logits: normal around `at_full + per_share (share - 1)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scores {
    /// Mean for somebody in full view.
    pub at_full: f64,
    /// How it grows with the share.
    pub per_share: f64,
    /// Standard deviation.
    pub sd: f64,
    /// The detector's threshold: nothing is given below, 0 to 1.
    pub min: f64,
}

/// Boxes beyond one for each person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extra {
    /// Mean number of false boxes in a picture.
    pub false_per_frame: f64,
    /// Share of them at one of three places that always mislead this camera; the others may be anywhere on the floor.
    pub haunts: f64,
    /// Their scores, logits: mean.
    pub score: f64,
    /// Their scores, logits: standard deviation.
    pub score_sd: f64,
    /// How often somebody is found twice.
    pub doubles: f64,
}

/// Wrists, or feet, as a pose model gives them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// How often one in view is given.
    pub found: f64,
    /// How often a hidden one is given all the same.
    pub found_hidden: f64,
    /// Standard deviation of its place along x and y, share of the box's height.
    pub sd: f64,
    /// The same for a hidden one.
    pub sd_hidden: f64,
    /// How often left and right are mistaken for each other.
    pub swapped: f64,
    /// Score of one in view, logit: mean; feet have no score.
    pub score: f64,
    /// The same of a hidden one.
    pub score_hidden: f64,
    /// Standard deviation of both.
    pub score_sd: f64,
}

/// Names of the presets.
pub const PRESETS: [&str; 3] = ["ideal", "yolox-nano", "rough"];

impl Noise {
    /// What is built in under this name: `ideal` errs nowhere; `yolox-nano` is a small detector with a pose model behind it;
    /// `rough` is far worse than either.
    pub fn preset(name: &str) -> Option<Self> {
        match name {
            "ideal" => Some(Self::ideal()),
            "yolox-nano" => Some(Self::yolox_nano()),
            "rough" => Some(Self::rough()),
            _ => None,
        }
    }

    /// Reads one that `simstore fit` wrote.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// As TOML: a table for each part, with numbers and lists of numbers.
    pub fn to_toml(&self) -> String {
        let serde_json::Value::Object(parts) = serde_json::to_value(self).unwrap_or_default() else {
            panic!("noise has parts");
        };
        let mut text = String::new();
        for (part, values) in parts {
            text.push_str(&format!("[{part}]\n"));
            for (name, value) in values.as_object().into_iter().flatten() {
                text.push_str(&format!("{name} = {value}\n"));
            }
            text.push('\n');
        }
        text
    }

    fn ideal() -> Self {
        let points = Points {
            found: 1.0,
            found_hidden: 0.0,
            sd: 0.0,
            sd_hidden: 0.0,
            swapped: 0.0,
            score: 4.0,
            score_hidden: 0.0,
            score_sd: 0.0,
        };
        Self {
            finding: Finding {
                most: 1.0,
                half_share: 0.1,
                slope: 400.0,
                height_min_px: 8.0,
                persists: 0.0,
                merged_iou_min: 1.0,
                merged: 0.0,
            },
            edges: Edges { bias: [0.0; 4], sd: [0.0; 4], sd_hidden: 0.0, persists: 0.0 },
            scores: Scores { at_full: 3.0, per_share: 0.0, sd: 0.0, min: 0.0 },
            extra: Extra { false_per_frame: 0.0, haunts: 0.0, score: 0.0, score_sd: 0.0, doubles: 0.0 },
            wrists: points.clone(),
            feet: points,
        }
    }

    /// What `simstore fit` read off YOLOX-nano at 480x640 on films of the corner shop; wrists and feet are guesses.
    fn yolox_nano() -> Self {
        Self {
            finding: Finding {
                most: 0.97,
                half_share: 0.19,
                slope: 15.0,
                height_min_px: 8.0,
                persists: 0.9,
                merged_iou_min: 0.3,
                merged: 0.27,
            },
            edges: Edges {
                bias: [0.0, -0.009, 0.0, -0.027],
                sd: [0.066, 0.019, 0.063, 0.054],
                sd_hidden: 0.057,
                persists: 0.7,
            },
            scores: Scores { at_full: 1.42, per_share: 1.8, sd: 0.74, min: 0.1 },
            extra: Extra { false_per_frame: 0.18, haunts: 0.91, score: -1.3, score_sd: 0.85, doubles: 0.038 },
            wrists: Points {
                found: 0.9,
                found_hidden: 0.4,
                sd: 0.03,
                sd_hidden: 0.08,
                swapped: 0.02,
                score: 0.6,
                score_hidden: -0.9,
                score_sd: 0.7,
            },
            feet: Points {
                found: 0.97,
                found_hidden: 0.6,
                sd: 0.015,
                sd_hidden: 0.06,
                swapped: 0.0,
                score: 0.0,
                score_hidden: 0.0,
                score_sd: 0.0,
            },
        }
    }

    fn rough() -> Self {
        let mut noise = Self::yolox_nano();
        noise.finding = Finding { most: 0.85, half_share: 0.4, slope: 8.0, merged: 0.5, ..noise.finding };
        noise.edges.sd = noise.edges.sd.map(|sd| 2.0 * sd);
        noise.extra = Extra { false_per_frame: 0.6, doubles: 0.03, ..noise.extra };
        noise.wrists = Points { found: 0.6, sd: 0.07, swapped: 0.1, ..noise.wrists };
        noise.feet = Points { found: 0.8, sd: 0.04, ..noise.feet };
        noise
    }
}
