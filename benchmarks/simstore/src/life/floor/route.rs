//! Shortest ways: nodes at the corners of what is in the way, all shortest ways between them found once.

use super::{BODY_MM, CLEAR_MM, Floor, crossing};
use crate::world::{Mm2, World};

impl Floor {
    pub(super) fn find_nodes(&mut self, world: &World) {
        let step = CLEAR_MM + 25.0;
        let mut nodes: Vec<Mm2> = self.solids.iter().flat_map(|solid| solid.corners(step)).collect();
        // Either side of a door's posts, and its middle.
        for [a, b] in &world.doors {
            let across = Mm2::new(-(b - a).y, (b - a).x).normalize() * step;
            nodes.extend([(a + b) / 2.0 + across, (a + b) / 2.0 - across]);
        }
        // Corners that point into the room.
        for i in 0..world.outline.len() {
            let count = world.outline.len();
            let (before, here, after) =
                (world.outline[(i + count - 1) % count], world.outline[i], world.outline[(i + 1) % count]);
            if (here - before).perp(&(after - here)) < 0.0 {
                let inwards = ((here - before).normalize() - (after - here).normalize()).normalize();
                nodes.push(here + inwards * (step * 1.42));
            }
        }
        nodes.retain(|&node| self.clearance(node) >= CLEAR_MM);
        self.nodes = nodes;
    }

    fn passes(&self, from: Mm2, to: Mm2, margin: f64) -> bool {
        self.sees(from, to, margin) && !self.lines.iter().any(|line| crossing(*line, from, to).is_some())
    }

    #[expect(clippy::needless_range_loop, reason = "three indices into one matrix")]
    pub(super) fn find_ways(&mut self) {
        let count = self.nodes.len();
        let mut lengths = vec![vec![f64::INFINITY; count]; count];
        let mut next: Vec<Vec<usize>> = vec![(0..count).collect(); count];
        for i in 0..count {
            lengths[i][i] = 0.0;
            for j in 0..i {
                if self.passes(self.nodes[i], self.nodes[j], CLEAR_MM) {
                    let length = (self.nodes[i] - self.nodes[j]).norm();
                    (lengths[i][j], lengths[j][i]) = (length, length);
                }
            }
        }
        for via in 0..count {
            for i in 0..count {
                for j in 0..count {
                    let length = lengths[i][via] + lengths[via][j];
                    if length + 1e-6 < lengths[i][j] {
                        lengths[i][j] = length;
                        next[i][j] = next[i][via];
                    }
                }
            }
        }
        (self.lengths, self.next) = (lengths, next);
    }

    /// The shortest way from one place to another that crosses no gate: the places where it turns, and its end. Nothing, when
    /// there is none. An end that is too near to something is approached from where there is room.
    pub fn route(&self, from: Mm2, to: Mm2) -> Option<Vec<Mm2>> {
        let (start, end) = (self.free(from, CLEAR_MM), self.free(to, CLEAR_MM));
        let mut way = self.between(start, end)?;
        if (start - from).norm() > 60.0 {
            way.insert(0, start);
        }
        if (end - to).norm() > 1.0 {
            way.push(to);
        }
        Some(way)
    }

    fn between(&self, from: Mm2, to: Mm2) -> Option<Vec<Mm2>> {
        if self.passes(from, to, CLEAR_MM - 5.0) {
            return Some(vec![to]);
        }
        let margin = (CLEAR_MM - 5.0).max(BODY_MM);
        let seen = |at: Mm2| -> Vec<(usize, f64)> {
            let near = |i: usize| self.passes(at, self.nodes[i], margin).then(|| (i, (self.nodes[i] - at).norm()));
            (0..self.nodes.len()).filter_map(near).collect()
        };
        let (starts, ends) = (seen(from), seen(to));
        let mut best: Option<(f64, usize, usize)> = None;
        for &(i, a) in &starts {
            for &(j, b) in &ends {
                let length = a + self.lengths[i][j] + b;
                if length.is_finite() && best.is_none_or(|(shortest, ..)| length < shortest) {
                    best = Some((length, i, j));
                }
            }
        }
        let (_, mut at, end) = best?;
        let mut way = vec![self.nodes[at]];
        while at != end {
            at = self.next[at][end];
            way.push(self.nodes[at]);
        }
        way.push(to);
        Some(way)
    }
}
