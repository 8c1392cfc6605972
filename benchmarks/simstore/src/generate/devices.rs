//! What of devices is said beside what they deliver: to the pipeline how films begin, to the truth how clocks go.

use crate::device::Line;
use crate::scenario::Scenario;
use crate::table::TableError;
use crate::truth::Recorder;
use crate::world::World;
use crate::world::write::Films;

/// What the pipeline must know of the films: when each begins by its camera's clock, and the longest gap.
pub(super) fn films(scenario: &Scenario, world: &World) -> Films {
    let period_us = 1_000_000 / i64::from(scenario.pictures.fps);
    let mut films = Films::since(scenario.start);
    for camera in &world.cameras {
        let lost = scenario.lost_pictures(&camera.name);
        let first = lost.first().filter(|[from, _]| *from == 0).map_or(0, |[_, to]| *to as i64);
        let taken = scenario.start.plus_us(first * period_us);
        films.starts.insert(camera.name.clone(), Line::new(scenario, &camera.name).clock(taken));
        let longest = lost.iter().filter(|[from, _]| *from > 0).map(|[from, to]| to - from + 1).max().unwrap_or(0);
        films.gap_ms_max = films.gap_ms_max.max(longest * period_us.unsigned_abs() / 1_000);
    }
    films
}

/// Writes down how every device's clock goes, and when devices are out of order.
pub(super) fn devices(scenario: &Scenario, world: &World, recorder: &mut Recorder) -> Result<(), TableError> {
    let cameras = world.cameras.iter().map(|camera| (&camera.name, "camera"));
    let scales = world.scales.iter().map(|scale| (&scale.name, "scale"));
    let gates = world.gates.iter().map(|gate| (&gate.name, "gate"));
    for (name, kind) in cameras.chain(scales).chain(gates) {
        recorder.clock(name, kind, Line::new(scenario, name).skew_us())?;
    }
    recorder.codes(scenario.wrong_codes, scenario.seed);
    scenario.outages.iter().try_for_each(|outage| recorder.outage(outage, scenario.start))
}
