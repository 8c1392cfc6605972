//! MoveNet keypoints (17, COCO order) of one person or of up to six, as shares of the network's input.

use super::Mapping;
use crate::boxes::Candidate;
use schemas::{Point, Pose, Score, Wrist};

/// Numbers a person: 17 keypoints of (y, x, score).
pub(crate) const KEYPOINT_VALUES: usize = 51;
/// Numbers a person in a MultiPose output: keypoints, then ymin, xmin, ymax, xmax, score.
const PERSON_VALUES: usize = 56;

const WRISTS: [usize; 2] = [9, 10];
const ANKLES: [usize; 2] = [15, 16];

/// Wrists and feet among `keypoints`; those below `score_min` are not seen.
pub(crate) fn pose(keypoints: &[f32], score_min: f32, mapping: Mapping) -> Pose {
    let seen = |index: usize| {
        let [y, x, score] = [0, 1, 2].map(|i| keypoints[3 * index + i]);
        (score >= score_min).then(|| (mapping.point(x, y), score))
    };
    let feet = match ANKLES.map(seen) {
        [Some((a, _)), Some((b, _))] => Some(Point { x: (a.x + b.x).div_euclid(2), y: (a.y + b.y).div_euclid(2) }),
        [one, other] => one.or(other).map(|(at, _)| at),
    };
    let wrists = WRISTS.map(|i| seen(i).map(|(at, score)| Wrist { at, score: Score::from_unit(score) }));
    Pose { feet, wrists }
}

/// The people of a MultiPose output whose score is at least `score_min`, with their keypoints.
pub(crate) fn people(values: &[f32], score_min: f32, mapping: Mapping) -> Vec<(Candidate, Pose)> {
    let people = values.chunks_exact(PERSON_VALUES).filter(|person| person[55] >= score_min);
    people
        .map(|person| {
            let bbox = mapping.bbox(person[52], person[51], person[54], person[53]);
            (Candidate { score: person[55], bbox }, pose(&person[..KEYPOINT_VALUES], score_min, mapping))
        })
        .collect()
}

#[cfg(test)]
mod tests;
