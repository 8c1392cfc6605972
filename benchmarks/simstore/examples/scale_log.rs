//! Prints what the corner shop's scales say as CSV (scale, seconds, grams), in the way of the real log that `compare_scales.py`
//! draws beside it: nobody near for five seconds, then a shopper walks to and fro before the first racks and takes one package.

use simstore::life::{Hand, Happening, Moment, Person, Pose, Present, Role, What};
use simstore::scales::Scales;
use simstore::world::Mm2;
use std::io::Write;
use std::sync::Arc;

/// As long as the real log.
const MOMENTS: i64 = 860;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (scenario, world) =
        simstore::scenario::read("", "seed = 4", None).map_err(|problems| problems[0].to_string())?;
    let mut scales = Scales::new(&world, &scenario);
    let slot = world.slots.iter().position(|slot| slot.name == "A2.4.1").ok_or("a slot")?;
    let goods = simstore::goods::Goods::open(&world, scenario.seed);
    let package = *goods.columns(slot)[0].last().ok_or("a full slot")?;
    let person = Arc::new(Person {
        number: 0,
        role: Role::Member(1),
        visit: 0,
        height_mm: 1750.0,
        build: 1.0,
        figure: 1,
        bag: false,
        handed: 1,
    });
    let mut out = Vec::new();
    for tick in 1..=MOMENTS {
        let (at, seconds) = (schemas::EventTime(scenario.start.0 + tick * 20_000), tick as f64 / 50.0);
        let pose = Pose {
            at: Mm2::new(850.0, 3900.0 + 900.0 * (seconds * 1.1).sin()),
            heading: 1.6,
            speed: 990.0 * (seconds * 1.1).cos().abs(),
            phase: 0.0,
            stride: 1.0,
            lean: 0.0,
            crouch: 0.0,
            head_yaw: 0.0,
            head_pitch: 0.0,
            hands: [Hand::Free; 2],
        };
        let somebody = Present { person: person.clone(), pose, holds: Default::default() };
        let take = Happening { at, person: 0, what: What::Take { slot, column: 0, package, hand: 1 } };
        let present = if seconds > 5.0 { vec![somebody] } else { Vec::new() };
        let happened = if tick == 625 { vec![take] } else { Vec::new() };
        scales.moment(&Moment { at, present, happened }, &mut out);
    }
    scales.finish(schemas::EventTime(scenario.start.0 + MOMENTS * 20_000), &mut out);
    let name = |id| world.scales.iter().find(|s| schemas::ScaleId::mint(&world.name, &s.name) == id).map(|s| &s.name);
    let mut print = std::io::stdout().lock();
    writeln!(print, "scale,seconds,grams")?;
    for sample in out {
        let seconds = (sample.event_time.0 - scenario.start.0) as f64 / 1e6;
        let grams = sample.weight_mg.map_or(String::from("nan"), |mg| format!("{:.3}", mg as f64 / 1000.0));
        writeln!(print, "{},{seconds:.4},{grams}", name(sample.scale).ok_or("a scale of the shop")?)?;
    }
    Ok(())
}
