//! Ways exist, and keep clear of everything.

use super::{BODY_MM, CLEAR_MM, Floor, crossing};
use crate::life::sample;
use crate::world::{Mm2, World, corner};
use proptest::prelude::*;

fn keeps_clear(world: &World, from: Mm2, to: Mm2) -> bool {
    let floor = Floor::of(world);
    let Some(way) = floor.route(from, to) else { return false };
    let mut last = from;
    for &corner in &way {
        let steps = ((corner - last).norm() / 20.0).ceil().max(1.0);
        for i in 0..=steps as usize {
            let at = last + (corner - last) * (i as f64 / steps);
            assert!(floor.clearance(at) >= BODY_MM, "{at:?} on the way from {from:?} to {to:?}");
        }
        let line = world.gates.iter().find_map(|gate| crossing(gate.line, last, corner));
        assert!(line.is_none(), "a way inside crosses a gate");
        last = corner;
    }
    (last - to).norm() < 1.0
}

#[test]
fn there_is_a_way_to_every_slot() {
    for world in [sample::shop(), corner::world()] {
        let door = (world.doors[0][0] + world.doors[0][1]) / 2.0;
        let middle = world.outline.iter().sum::<Mm2>() / world.outline.len() as f64;
        let inside = door + (middle - door).normalize() * 2000.0;
        for slot in 0..world.slots.len() {
            let gondola = &world.gondolas[world.slots[slot].gondola];
            let (s, c) = gondola.frame.turn.sin_cos();
            let stand = world.slot_front(slot).xy() + Mm2::new(s, -c) * 380.0;
            assert!(keeps_clear(&world, inside, stand), "{} in {}", world.slots[slot].name, world.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn ways_between_any_two_places_keep_clear(a in (300.0..5700.0, 1600.0..7700.0), b in (300.0..5700.0, 1600.0..7700.0)) {
        let world = sample::shop();
        let floor = Floor::of(&world);
        let [a, b] = [a, b].map(|(x, y)| Mm2::new(x, y));
        prop_assume!(floor.clearance(a) >= CLEAR_MM && floor.clearance(b) >= CLEAR_MM);
        prop_assume!(![a, b].iter().any(|p| (2500.0..3300.0).contains(&p.x) && (2800.0..5800.0).contains(&p.y)));
        prop_assert!(keeps_clear(&world, a, b));
    }
}
