//! Follow: frames of several cameras through the operators of the floor, in one timely worker on this thread.

use crate::assemble::{Floor, people};
use crate::clock::Stopwatch;
use operators::{Admission, Concluded, DataflowTime, Track, TrackSettings, admit, bind, conclude};
use schemas::{CameraId, CameraModel, Fault, FrameDetections, Membership, Position, TickLength};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use timely::dataflow::operators::{Input, Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};

/// How people are followed.
#[derive(Clone, Debug)]
pub struct FollowSettings {
    /// Length of a tick.
    pub tick: TickLength,
    /// How tracklets are made.
    pub track: TrackSettings,
    /// Where the cameras look.
    pub models: BTreeMap<CameraId, CameraModel>,
}

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

/// Follows the people in `frames`.
pub fn follow(frames: Vec<FrameDetections>, settings: FollowSettings) -> Followed {
    let FollowSettings { tick, track, models } = settings;
    let mut ticks: BTreeMap<DataflowTime, Vec<FrameDetections>> = BTreeMap::new();
    for frame in frames {
        ticks.entry(tick.tick(frame.meta.event_time).0).or_default().push(frame);
    }
    let mut followed = timely::execute_directly(move |worker| {
        let mut input = InputHandle::<DataflowTime, _>::new();
        let (probe, said) = (ProbeHandle::new(), Rc::new(RefCell::new(Followed::default())));
        worker.dataflow(|scope| {
            let frames = admit(scope.input_from(&mut input), Admission::default());
            let floor = Floor { tick, models };
            let people = people(frames, Track::new(tick, track), Some(&floor));
            keep(people.faults, &said, |said| &mut said.faults).probe_with(&probe);
            let Some((stitched, settings)) = people.stitched else { return };
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
    rows: operators::Ticks<'s, T>,
    said: &Rc<RefCell<Followed>>,
    of: impl Fn(&mut Followed) -> &mut Vec<T> + 'static,
) -> operators::Ticks<'s, T> {
    let said = said.clone();
    rows.inspect(move |row| of(&mut said.borrow_mut()).push(row.clone()))
}
