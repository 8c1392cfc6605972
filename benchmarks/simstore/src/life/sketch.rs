//! A sketch of who walked where, as SVG: to look at.

use super::{Moment, What};
use crate::world::{Mm2, Mm3, World};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Paths over a floor plan.
pub struct Sketch {
    low: Mm2,
    high: Mm2,
    plan: String,
    paths: BTreeMap<u32, Vec<Mm2>>,
    marks: String,
}

impl Sketch {
    /// The floor plan of a shop.
    pub fn of(world: &World) -> Self {
        let points = || world.outline.iter().chain([&world.outside]);
        let low = points().fold(Mm2::repeat(f64::INFINITY), |low, p| low.inf(p)) - Mm2::repeat(1_500.0);
        let high = points().fold(Mm2::repeat(f64::NEG_INFINITY), |high, p| high.sup(p)) + Mm2::repeat(300.0);
        let mut sketch = Self { low, high, plan: String::new(), paths: BTreeMap::new(), marks: String::new() };
        let outline = sketch.points(&world.outline);
        let mut plan = format!("<polygon points='{outline}' fill='#fff' stroke='#000' stroke-width='2'/>");
        let racks = world.gondolas.iter().map(|g| (g.frame, g.size, "#cba"));
        let blocks = world.blocks.iter().map(|b| (b.frame, b.size, "#aaa"));
        for (frame, size, fill) in racks.chain(blocks) {
            let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
            let corner = |[x, y]: [f64; 2]| frame.to_store(Mm3::new(x * size.x, y * size.y, 0.0)).xy();
            let _ = write!(plan, "<polygon points='{}' fill='{fill}'/>", sketch.points(&corners.map(corner)));
        }
        for line in world.doors.iter().chain(world.gates.iter().map(|gate| &gate.line)) {
            let _ = write!(plan, "<polyline points='{}' stroke='#0a0' stroke-width='3'/>", sketch.points(line));
        }
        sketch.plan = plan;
        sketch
    }

    fn points(&self, points: &[Mm2]) -> String {
        let point = |p: &Mm2| format!("{:.1},{:.1} ", (p.x - self.low.x) / 10.0, (self.high.y - p.y) / 10.0);
        points.iter().map(point).collect()
    }

    /// Draws a moment on.
    pub fn add(&mut self, moment: &Moment) {
        for present in &moment.present {
            let path = self.paths.entry(present.person.number).or_default();
            if path.last().is_none_or(|last| (last - present.pose.at).norm() > 25.0) {
                path.push(present.pose.at);
            }
        }
        for happening in &moment.happened {
            let fill = match happening.what {
                What::Take { .. } => "#d00",
                What::PutBack { .. } => "#00d",
                What::HandOver { .. } => "#d0d",
                What::Restock { .. } => "#0a0",
                _ => continue,
            };
            let Some(at) = self.paths.get(&happening.person).and_then(|path| path.last()) else { continue };
            let point = self.points(&[*at]);
            let (x, y) = point.trim().split_once(',').unwrap_or_default();
            let _ = write!(self.marks, "<circle cx='{x}' cy='{y}' r='4' fill='{fill}'/>");
        }
    }

    /// The picture.
    pub fn svg(&self) -> String {
        let size = (self.high - self.low) / 10.0;
        let mut svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{:.0}' height='{:.0}' fill='none'><rect width='100%' \
             height='100%' fill='#eee'/>{}",
            size.x, size.y, self.plan
        );
        for (number, path) in &self.paths {
            let hue = number * 67 % 360;
            let points = self.points(path);
            let _ = write!(svg, "<polyline points='{points}' stroke='hsl({hue},80%,40%)' stroke-width='1.5'/>");
        }
        svg + &self.marks + "</svg>"
    }
}
