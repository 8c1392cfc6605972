//! YOLOX heads (arXiv 2107.08430): one row a cell, `x, y, log w, log h, objectness, class...`, in strides.
//! Centre = (xy + cell) * stride, size = exp(log wh) * stride, score = objectness * class.

use super::Mapping;
use crate::boxes::Candidate;

/// The cells of an input of `width x height`: finest stride first, row by row, as (x, y, stride).
pub(crate) fn cells(width: u32, height: u32, strides: &[u32]) -> Vec<(f32, f32, f32)> {
    let grid = |&stride: &u32| {
        let row = move |y: u32| (0..width / stride).map(move |x| (x as f32, y as f32, stride as f32));
        (0..height / stride).flat_map(row)
    };
    strides.iter().flat_map(grid).collect()
}

/// The boxes of class `person` whose score is at least `score_min`, in the order of the rows.
///
/// `values` are finite, one row of `5 + classes` for each cell. A size beyond any number becomes the largest length
/// that boxes can have.
pub(crate) fn decode(
    values: &[f32],
    cells: &[(f32, f32, f32)],
    person: u32,
    score_min: f32,
    mapping: Mapping,
) -> Vec<Candidate> {
    let columns = values.len() / cells.len();
    let rows = values.chunks_exact(columns).zip(cells);
    rows.filter_map(|(row, &(x, y, stride))| {
        let score = row[4] * row[5 + person as usize];
        (score >= score_min).then(|| {
            let (x, y) = ((row[0] + x) * stride, (row[1] + y) * stride);
            let (w, h) = ((row[2].exp() * stride).min(1e9) / 2.0, (row[3].exp() * stride).min(1e9) / 2.0);
            Candidate { score, bbox: mapping.bbox(x - w, y - h, x + w, y + h) }
        })
    })
    .collect()
}

#[cfg(test)]
mod tests;
