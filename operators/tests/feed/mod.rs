//! Rows into a dataflow under test.

#![allow(dead_code, reason = "each test file uses its part")]

use operators::DataflowTime;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::{InputHandle, ProbeHandle};
use timely::worker::Worker;
use timely::{CommunicationConfig, WorkerConfig};

/// An input of rows.
pub type Rows<R> = InputHandle<DataflowTime, CapacityContainerBuilder<Vec<R>>>;

/// Gives every row that is this worker's at its tick, lets timely work after every `split` rows, and runs until all is done.
/// Rows are (tick, owner, row), ticks in order; owner i is worker `i % workers`.
pub fn feed<R: Clone + 'static>(
    worker: &mut Worker,
    mut input: Rows<R>,
    probe: &ProbeHandle<DataflowTime>,
    rows: &[(DataflowTime, usize, R)],
    split: usize,
) {
    for (i, (tick, owner, row)) in rows.iter().enumerate() {
        input.advance_to(*tick);
        if owner % worker.peers() == worker.index() {
            input.send(row.clone());
        }
        if i % split == 0 {
            input.flush();
            worker.step();
        }
    }
    input.close();
    worker.step_or_park_while(None, || !probe.done());
}

/// Rows in the order of their ticks, each with an owner; owners, and the order within a tick, are drawn by the seed.
pub fn dealt<R>(rows: impl IntoIterator<Item = (DataflowTime, R)>, seed: u64) -> Vec<(DataflowTime, usize, R)> {
    let mix = |i: usize| (i as u64 ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let mut dealt: Vec<_> = rows.into_iter().enumerate().collect();
    dealt.sort_by_key(|(i, (tick, _))| (*tick, if seed == 0 { *i as u64 } else { mix(*i) }));
    dealt.into_iter().map(|(i, (tick, row))| (tick, mix(i) as usize, row)).collect()
}

/// So many workers. Rows cross workers as bytes, as they cross processes, for every other seed.
pub fn workers(count: usize, seed: u64) -> timely::Config {
    let bytes = !seed.is_multiple_of(2);
    let communication =
        if bytes { CommunicationConfig::ProcessBinary(count) } else { CommunicationConfig::Process(count) };
    timely::Config { communication, worker: WorkerConfig::default() }
}
