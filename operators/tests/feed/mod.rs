//! Rows into a dataflow under test.

use operators::DataflowTime;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::{InputHandle, ProbeHandle};
use timely::worker::Worker;

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
