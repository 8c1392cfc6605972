//! How fast single pictures are drawn and labelled, on one core and without encoding: `frames_rate COUNT [WIDTH HEIGHT]`.

use simstore::render::{FrameSet, of_one_shop};
use simstore::seed::Seed;
use simstore::world::{corner, large};
use std::error::Error;
use std::io::{Write, stdout};

/// Seconds that this thread has spent on a core (Linux), whatever else the machine is doing.
fn spent_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).map_or(f64::NAN, |ns| ns / 1e9)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<u32> = std::env::args().skip(1).map(|arg| arg.parse()).collect::<Result<_, _>>()?;
    let count = u64::from(*args.first().ok_or("frames_rate COUNT [WIDTH HEIGHT]")?);
    let size_px = if let [_, width, height] = args[..] { [width, height] } else { [640, 480] };
    for (name, people_max, per_camera) in [("corner", 6, 1), ("corner", 0, 16), ("corner", 6, 16), ("large", 6, 16)] {
        let set = FrameSet { count, seed: Seed(1), size_px, people_max, overhead: 0.3, shelf: 0.3, per_camera };
        let shop = |_| if name == "corner" { corner::world() } else { large::world(large::Size::default()) };
        let (begun, mut bytes) = (spent_s(), 0);
        for group in 0..set.shops() {
            of_one_shop(&set, group, shop, |_, rgb| {
                bytes += rgb.len();
                Ok(())
            })?;
        }
        let spent = spent_s() - begun;
        let rate = count as f64 / spent;
        writeln!(
            stdout(),
            "{name}, at most {people_max} people, {per_camera} of a camera: {count} pictures, {rate:.1} a second of one core"
        )?;
        assert_eq!(bytes as u64, count * u64::from(size_px[0] * size_px[1] * 3));
    }
    Ok(())
}
