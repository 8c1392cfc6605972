//! Doorway: which side of the gates a place is on.
//!
//! A shop's floor ends at its gates' lines: inside is on the left hand of each. But a line is short, and what lies behind its ends may
//! be shop as well; so only at an entrance does the nearest line decide. In another zone people are inside, beyond the doors outside, and
//! where no zone is (a gap between zones, the far side of the street) they are where they were before. Where a shop names no entrance and
//! nothing beyond its doors, the line decides close to it, and elsewhere everything is inside.

use schemas::{FloorPoint, Gate, GateId, Zone, ZoneId};

/// Where a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// In the shop.
    Inside,
    /// Too close to a line, or too far from any zone, to say.
    Between,
    /// Not yet or no longer in it.
    Outside,
}

/// So close to its line a gate decides where a shop names no entrance, mm.
const CLOSE_MM: f64 = 1500.0;

/// Gates and zones, as far as coming and going is concerned.
#[derive(Clone, Debug, Default)]
pub struct Doorway {
    /// The gates.
    pub gates: Vec<Gate>,
    /// Zones where people come and go.
    pub entrances: Vec<Zone>,
    /// Zones beyond the doors.
    pub outside: Vec<Zone>,
    /// Every other zone.
    pub inside: Vec<Zone>,
}

impl Doorway {
    /// The gate called `id`.
    pub fn gate(&self, id: GateId) -> Option<&Gate> {
        self.gates.iter().find(|gate| gate.id == id)
    }

    /// Whether `at` is in the zone in which people stand who show codes at `gate`.
    pub fn at_reader(&self, gate: &Gate, at: FloorPoint) -> bool {
        self.zones().any(|zone| zone.id() == gate.zone && zone.contains(at))
    }

    fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.entrances.iter().chain(&self.outside).chain(&self.inside)
    }

    /// Whether the shop says where people come and go.
    fn has_doors(&self) -> bool {
        !self.entrances.is_empty() || !self.outside.is_empty()
    }

    /// Whether `at` is where a gate's line decides.
    fn at_line(&self, at: FloorPoint) -> bool {
        match self.has_doors() {
            true => self.entrances.iter().any(|zone| zone.contains(at)),
            false => self.nearest(at, |_| true).is_some_and(|(_, off)| off <= CLOSE_MM),
        }
    }

    /// Whether `at` is at an entrance or beyond the doors.
    pub fn at_door(&self, at: FloorPoint) -> bool {
        self.at_line(at) || self.outside.iter().any(|zone| zone.contains(at))
    }

    /// The first zone inside that `at` is in.
    pub fn zone(&self, at: FloorPoint) -> Option<ZoneId> {
        self.inside.iter().find(|zone| zone.contains(at)).map(Zone::id)
    }

    /// The gate whose line is nearest to `at` among those that `fits`, and how far the line is, mm.
    pub fn nearest(&self, at: FloorPoint, fits: impl Fn(&Gate) -> bool) -> Option<(&Gate, f64)> {
        let near = self.gates.iter().filter(|gate| fits(gate)).map(|gate| (gate, off(gate, at).1));
        near.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// On which side `at` is: by how much it must be over a line says `over_mm`.
    pub fn side(&self, at: FloorPoint, over_mm: u32) -> Side {
        let within = |zones: &[Zone]| zones.iter().any(|zone| zone.contains(at));
        if within(&self.outside) {
            return Side::Outside;
        }
        let line = if self.at_line(at) { self.nearest(at, |_| true) } else { None };
        let Some((gate, _)) = line else {
            let known = !self.has_doors() || within(&self.inside);
            return if known { Side::Inside } else { Side::Between };
        };
        let over = off(gate, at).0;
        let margin = f64::from(over_mm);
        match () {
            () if over >= margin => Side::Inside,
            () if over <= -margin => Side::Outside,
            () => Side::Between,
        }
    }
}

/// How far `at` is over the endless line of `gate`, positive inside, and how far it is from the piece that is crossed; mm.
fn off(gate: &Gate, at: FloorPoint) -> (f64, f64) {
    let [a, b] = gate.line.map(|p| [f64::from(p.x_mm), f64::from(p.y_mm)]);
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let (px, py) = (f64::from(at.x_mm) - a[0], f64::from(at.y_mm) - a[1]);
    let length = dx.hypot(dy);
    let along = ((px * dx + py * dy) / (length * length)).clamp(0.0, 1.0);
    ((dx * py - dy * px) / length, (px - along * dx).hypot(py - along * dy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::floor::rectangle;
    use schemas::{SpacePoint, Ways};

    #[test]
    fn sides() {
        let zone = |name, low, high| vec![rectangle(name, low, high).expect("a zone")];
        let entrances = zone("door", [2000, -1500], [4000, 1500]);
        let gate = Gate {
            id: GateId(1),
            name: "in".into(),
            ways: Ways::Both,
            zone: entrances[0].id(),
            reader: SpacePoint::default(),
            line: [FloorPoint { x_mm: 2200, y_mm: 900 }, FloorPoint { x_mm: 2960, y_mm: 900 }],
        };
        let outside = zone("street", [0, -4000], [6000, -1500]);
        let doorway = Doorway { gates: vec![gate], entrances, outside, inside: zone("shop", [0, 1500], [6000, 8000]) };
        let side = |x_mm, y_mm| doorway.side(FloorPoint { x_mm, y_mm }, 150);
        assert_eq!(side(2500, 700), Side::Outside);
        assert_eq!(side(2500, 800), Side::Between);
        assert_eq!(side(2500, 1050), Side::Inside);
        assert_eq!(side(500, 500), Side::Between, "in no zone");
        assert_eq!(side(500, 1600), Side::Inside, "in a zone");
        let bare = Doorway { gates: doorway.gates.clone(), ..Doorway::default() };
        let side_bare = |x_mm, y_mm| bare.side(FloorPoint { x_mm, y_mm }, 150);
        assert_eq!(
            [side_bare(2500, 700), side_bare(2500, 1100), side_bare(500, -500)],
            [Side::Outside, Side::Inside, Side::Inside]
        );
        assert_eq!(side(500, -2000), Side::Outside);
        let near = doorway.nearest(FloorPoint { x_mm: 2500, y_mm: 1400 }, |_| true).expect("a gate");
        assert!((near.1 - 500.0).abs() < 1e-9, "{}", near.1);
        assert_eq!(doorway.zone(FloorPoint { x_mm: 500, y_mm: 2000 }), Some(doorway.inside[0].id()));
    }
}
