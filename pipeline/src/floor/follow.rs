//! Follow: frames of several cameras through the operators of the floor, in one timely worker on this thread.

use crate::assemble::{People, people};
use crate::clock::Stopwatch;
use operators::{Admission, Concluded, DataflowTime, Shop, Ticks, Track, TrackSettings, admit, bind, conclude};
use schemas::{Fault, FrameDetections, Membership, Position};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use timely::dataflow::operators::{Input, Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// Who was where, by time and track.
    pub positions: Vec<Position>,
    /// The tracks, by when they began.
    pub tracks: Vec<schemas::Track>,
    /// Whose tracklets they were.
    pub memberships: Vec<Membership>,
    /// What was refused.
    pub faults: Vec<Fault>,
    /// How long each tick took that had frames.
    pub spent: Vec<Duration>,
}

/// Follows the people in `frames` on the floor of `shop`.
pub fn follow(frames: Vec<FrameDetections>, track: TrackSettings, shop: Shop) -> Followed {
    let tick = shop.tick;
    let mut ticks: BTreeMap<DataflowTime, Vec<FrameDetections>> = BTreeMap::new();
    for frame in frames {
        ticks.entry(tick.tick(frame.meta.event_time).0).or_default().push(frame);
    }
    let mut followed = timely::execute_directly(move |worker| {
        let mut input = InputHandle::<DataflowTime, _>::new();
        let (probe, said) = (ProbeHandle::new(), Rc::new(RefCell::new(Followed::default())));
        worker.dataflow(|scope| {
            let frames = admit(scope.input_from(&mut input), Admission::default());
            let People { faults, stitched, .. } = people(frames, Track::new(tick, track), Some(shop));
            keep(faults, &said, |said| &mut said.faults).probe_with(&probe);
            let Some((stitched, settings)) = stitched else { return };
            let Concluded { positions, tracks, memberships } = conclude(bind(stitched, settings), settings);
            keep(positions, &said, |said| &mut said.positions).probe_with(&probe);
            keep(tracks, &said, |said| &mut said.tracks).probe_with(&probe);
            keep(memberships, &said, |said| &mut said.memberships).probe_with(&probe);
        });
        let mut spent = Vec::with_capacity(ticks.len());
        for (tick, mut frames) in ticks {
            input.advance_to(tick);
            let watch = Stopwatch::start();
            input.send_batch(&mut frames);
            input.advance_to(tick + 1);
            input.flush();
            worker.step_or_park_while(None, || probe.less_than(&(tick + 1)));
            spent.push(watch.elapsed());
        }
        input.close();
        worker.step_or_park_while(None, || !probe.done());
        Followed { spent, ..said.take() }
    });
    followed.positions.sort_by_key(|row| (row.event_time, row.track));
    followed.tracks.sort_by_key(|row| (row.first_seen, row.id));
    followed.memberships.sort();
    followed
}

/// Keeps a copy of every row.
fn keep<'s, T: Clone + 'static>(
    rows: Ticks<'s, T>,
    said: &Rc<RefCell<Followed>>,
    of: impl Fn(&mut Followed) -> &mut Vec<T> + 'static,
) -> Ticks<'s, T> {
    let said = said.clone();
    rows.inspect(move |row| of(&mut said.borrow_mut()).push(row.clone()))
}
