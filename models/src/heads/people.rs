//! Heads of the project's own network: people with wrists, feet and appearance, one row a cell.
//!
//! A row says where the body of the person at its cell is, in strides from the cell's middle, and whether a wrist is at the cell and
//! whose. The row in the middle of a body guesses where the wrists are; the cells there know better, and whichever of them sees a wrist of
//! this person takes the guess's place (as in Papandreou et al., "PersonLab", ECCV 2018). Hands have no sides: the first is the one
//! farther left in the picture.

use super::{Found, Mapping};
use crate::boxes::{Candidate, suppress};
use crate::manifest::{PEOPLE_VALUES, Thresholds};
use schemas::{Embedding, Pose, Score, Wrist};

/// First numbers in a row: of the box, its score, the whole body's box, the wrists, the feet, a wrist at the cell, and its owner.
const BOX: usize = 0;
const SCORE: usize = 4;
const BODY: usize = 5;
const WRISTS: [usize; 2] = [9, 12];
const FEET: usize = 15;
const HAND: usize = 18;
const OWNER: usize = 21;
/// A cell that is less sure than this sees no wrist.
const HAND_MIN: f32 = 0.2;
/// How far a wrist may be from where it is guessed, and its owner from where it says: this share of the body's length, and a stride.
const REACH: f32 = 0.3;
/// What such a distance costs a wrist, in score.
const GUESS_COST: f32 = 0.4;
const OWNER_COST: f32 = 0.4;
/// Two wrists of one person are at least so far apart, in strides.
const APART: f32 = 2.0;
/// Sizes and ways of no sense become this many strides.
const FARTHEST: f32 = 1e5;

/// Column, line and size of a cell.
type Cell = (f32, f32, f32);

/// A wrist that a cell sees, px of the network's input.
#[derive(Clone, Copy, Debug)]
struct Hand {
    at: (f32, f32),
    owner: (f32, f32),
    score: f32,
}

/// The people whose score is at least the least one, strongest first, each once. `values` are finite, one row for each cell.
pub(crate) fn decode(values: &[f32], cells: &[Cell], limits: &Thresholds, mapping: Mapping) -> Vec<Found> {
    let rows = || values.chunks_exact(values.len() / cells.len()).zip(cells);
    let candidate = |(row, cell): (&[f32], &Cell)| {
        let score = sigmoid(row[SCORE]);
        (score >= limits.score_min).then(|| {
            let (x0, y0, x1, y1) = corners(row, BOX, *cell);
            Candidate { score, bbox: mapping.bbox(x0, y0, x1, y1) }
        })
    };
    let candidates: Vec<Option<Candidate>> = rows().map(candidate).collect();
    let kept = suppress(candidates.iter().flatten().copied().collect(), limits);
    let hands: Vec<Hand> = rows()
        .filter(|(row, _)| sigmoid(row[HAND + 2]) >= HAND_MIN)
        .map(|(row, cell)| {
            let (at, owner) = (place(row, HAND, *cell), place(row, OWNER, *cell));
            Hand { at, owner, score: sigmoid(row[HAND + 2]) }
        })
        .collect();
    let person = |kept: &Candidate| {
        let index = candidates.iter().position(|candidate| candidate.as_ref() == Some(kept))?;
        let (row, cell) = rows().nth(index)?;
        let pose = pose(row, *cell, &hands, limits.joint_min, mapping);
        Some(Found { candidate: *kept, pose, appearance: Embedding::from_values(&row[PEOPLE_VALUES..]) })
    };
    kept.iter().filter_map(person).collect()
}

/// Wrists and feet of the person that a row tells of.
fn pose(row: &[f32], cell: Cell, hands: &[Hand], joint_min: f32, mapping: Mapping) -> Pose {
    let mut wrists = WRISTS.map(|first| (place(row, first, cell), sigmoid(row[first + 2])));
    let stride = cell.2;
    let ((x0, y0, x1, y1), (u0, v0, u1, v1)) = (corners(row, BODY, cell), corners(row, BOX, cell));
    let (reach, middle) = (REACH * (x1 - x0).max(y1 - y0) + stride, ((u0 + u1) / 2.0, (v0 + v1) / 2.0));
    // Every wrist that is seen where either is guessed, with its worth; the worthiest first, in one order for equal ones.
    let mut offers: Vec<(f32, usize, usize)> = Vec::new();
    for (n, hand) in hands.iter().enumerate() {
        let claimed = distance(hand.owner, middle) / reach;
        for (side, (guess, _)) in wrists.iter().enumerate() {
            let off = distance(hand.at, *guess) / reach;
            if off < 1.5 && claimed < 1.0 {
                offers.push((hand.score - GUESS_COST * off - OWNER_COST * claimed, side, n));
            }
        }
    }
    offers.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken: [Option<Hand>; 2] = [None, None];
    for (_, side, n) in offers {
        let far = |other: &Hand| {
            let (x, y) = (hands[n].at.0 - other.at.0, hands[n].at.1 - other.at.1);
            x.abs().max(y.abs()) >= APART * stride
        };
        if taken[side].is_none() && taken.iter().flatten().all(far) {
            taken[side] = Some(hands[n]);
        }
    }
    for (wrist, hand) in wrists.iter_mut().zip(taken) {
        if let Some(hand) = hand {
            *wrist = (hand.at, wrist.1.max(hand.score));
        }
    }
    let wrist = |((x, y), score): ((f32, f32), f32)| {
        (score >= joint_min).then(|| Wrist { at: mapping.point(x, y), score: Score::from_unit(score) })
    };
    let (x, y) = place(row, FEET, cell);
    let feet = (sigmoid(row[FEET + 2]) >= joint_min).then(|| mapping.point(x, y));
    let mut wrists = wrists.map(wrist);
    // The one farther left in the picture first, whichever guess it came from.
    if let [Some(first), Some(second)] = &wrists
        && second.at.x < first.at.x
    {
        wrists.swap(0, 1);
    }
    Pose { feet, wrists }
}

/// Where a row puts what stands at `first`, px of the network's input.
fn place(row: &[f32], first: usize, (x, y, stride): Cell) -> (f32, f32) {
    let way = |n: f32| n.clamp(-FARTHEST, FARTHEST);
    ((x + 0.5 + way(row[first])) * stride, (y + 0.5 + way(row[first + 1])) * stride)
}

/// The box that stands at `first`: left, top, right, bottom, px of the network's input.
fn corners(row: &[f32], first: usize, cell: Cell) -> (f32, f32, f32, f32) {
    let (x, y) = place(row, first, cell);
    let half = |log: f32| log.exp().min(FARTHEST) * cell.2 / 2.0;
    let (w, h) = (half(row[first + 2]), half(row[first + 3]));
    (x - w, y - h, x + w, y + h)
}

fn distance(a: (f32, f32), b: (f32, f32)) -> f32 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests;
