//! Panics: ours end the process, a library's on damaged bytes may be contained, a lost peer is no bug of ours.
//!
//! A panic in one worker or thread does not stop its siblings, which would wait for it for ever. So a hook aborts the process, but
//! for the calls that [`contain`] surrounds. Timely panics as well when the connection to another process of the run breaks: that
//! process died, or its machine. Then the hook says what to do and ends this one with [`PEER_LOST`].

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code when another process of the run is gone.
pub const PEER_LOST: i32 = 3;

/// What timely's threads say in the wake of a broken connection.
const BROKEN: [&str; 5] = [
    "timely communication error",
    "MergeQueue poisoned",
    "Send thread panic",
    "Recv thread panic",
    "failed to send MergeQueue",
];

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

static LOST: AtomicBool = AtomicBool::new(false);

/// From now on a panic ends the process, after its message.
pub fn abort_on_panic() {
    let default = take_hook();
    set_hook(Box::new(move |panic| {
        if CONTAINED.get() {
            return;
        }
        if let Some(broken) = broken(panic) {
            end_without_peer(&broken);
        }
        default(panic);
        std::process::abort();
    }));
}

/// The words of a panic that a broken connection caused.
fn broken(panic: &PanicHookInfo<'_>) -> Option<String> {
    let payload = panic.payload();
    let words = payload.downcast_ref::<String>().cloned();
    let words = words.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))?;
    BROKEN.iter().any(|known| words.starts_with(known)).then_some(words)
}

/// Says so once, however many threads notice, and ends the process.
fn end_without_peer(words: &str) -> ! {
    if LOST.swap(true, Ordering::SeqCst) {
        loop {
            std::thread::park();
        }
    }
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    let peer = name.strip_prefix("timely:recv-").or_else(|| name.strip_prefix("timely:send-"));
    let peer = peer.map_or("another process".to_string(), |peer| format!("process {peer}"));
    tracing::error!("{peer} of this run is gone ({words})");
    tracing::error!(
        "this process ends with code {PEER_LOST}: what is published stands; start all processes again, with the same commands, to write the rest"
    );
    exit(PEER_LOST)
}

/// Calls `act`; none if it panicked. What `act` touches must not be used afterwards.
pub fn contain<T>(act: impl FnOnce() -> T) -> Option<T> {
    CONTAINED.set(true);
    let done = catch_unwind(AssertUnwindSafe(act));
    CONTAINED.set(false);
    done.ok()
}
