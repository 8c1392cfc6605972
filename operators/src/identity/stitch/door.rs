//! Doors: who is at an entrance, who came in through one, and who has left.
//!
//! Beyond a door one camera sees people badly, and what comes next through it is somebody else. So whoever was inside and is now
//! outside has left, and so has whoever is at an entrance and no longer placed well; and whoever came in was never lost inside.

use super::person::Person;
use super::settings::StitchSettings;
use schemas::{FloorPoint, Gondola, Zone};

/// What the stitcher knows of a shop's floor.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Where people come and go: who is lost there has left, who appears there is new.
    pub entrances: Vec<Zone>,
    /// Beyond the doors: who was in the shop and is there has left.
    pub outside: Vec<Zone>,
    /// All other zones: who is in one of them is in the shop, and no longer at the door.
    pub inside: Vec<Zone>,
    /// Where nobody can stand.
    pub racks: Vec<Gondola>,
}

/// The doors, and how well somebody at one must be placed.
#[derive(Clone, Debug)]
pub(super) struct Doors {
    layout: Layout,
    left_mm: f64,
}

/// Somebody and the doors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passage {
    /// Was last at an entrance or outside, and in no zone inside since: what lies beyond the door may be no zone.
    pub at_door: bool,
    /// Was at an entrance or outside at some time.
    pub came_in: bool,
    /// Was in a zone inside.
    been_in: bool,
    /// Was there, and is outside.
    went_out: bool,
}

impl Doors {
    pub fn new(s: &StitchSettings, layout: &Layout) -> Self {
        Self { layout: layout.clone(), left_mm: f64::from(s.left_mm) }
    }

    /// Notes where somebody is.
    pub fn watch(&self, person: &mut Person) {
        let state = &person.body.state;
        let at = FloorPoint { x_mm: state[0].round() as i32, y_mm: state[1].round() as i32 };
        let within = |zones: &[Zone]| zones.iter().any(|zone| zone.contains(at));
        let passage = &mut person.passage;
        let outside = within(&self.layout.outside);
        if outside || within(&self.layout.entrances) {
            passage.at_door = true;
            passage.came_in = true;
        } else if within(&self.layout.inside) {
            passage.at_door = false;
            passage.been_in = true;
        }
        passage.went_out = outside && passage.been_in;
    }

    /// Whether somebody is gone through a door.
    pub fn left(&self, person: &Person) -> bool {
        person.passage.went_out || person.passage.at_door && person.body.spread() > self.left_mm
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::stitch::body::{Body, Ways};
    use crate::reference::floor::rectangle;
    use schemas::{StretchId, Tick};

    #[test]
    fn whoever_is_at_an_entrance_and_badly_placed_has_left_until_they_are_inside() {
        let settings = StitchSettings { left_mm: 300, ..StitchSettings::default() };
        let zone = |name, low, high| vec![rectangle(name, low, high).expect("a zone")];
        let (entrances, inside) = (zone("door", [0, 0], [1000, 1000]), zone("shop", [0, 1000], [1000, 5000]));
        let doors = Doors::new(&settings, &Layout { entrances, inside, ..Layout::default() });
        let ways = Ways::new(&settings, &[]);
        let mut person = Person::new(StretchId(1), Tick(1), Body::at([500.0, 500.0], 299.0, &ways), 0, 9.0);
        let mut left = |at, place_mm| {
            person.body = Body::at(at, place_mm, &ways);
            doors.watch(&mut person);
            doors.left(&person)
        };
        assert!(!left([500.0, 500.0], 299.0) && left([500.0, 500.0], 301.0));
        assert!(left([500.0, -500.0], 301.0), "beyond the entrance, in no zone");
        assert!(!left([500.0, 2000.0], 900.0), "inside");
        assert!(!left([2000.0, 2000.0], 900.0), "in no zone, but last inside");
        assert!(person.passage.came_in && !person.passage.at_door);
    }
}
