//! What can be set on identifying: every setting with its unit, default and range in one place.

use crate::settings::settings;

settings! {
    /// Settings of identifying, whole numbers with the unit last in the name.
    IdentifySettings, "identify";
    /// How far from the reader the one who shows a code may stand.
    reach_mm = 2000 in 100..=20_000;
    /// How long a code waits for whoever comes in on it.
    entry_wait_ms = 30_000 in 1000..=600_000;
    /// How long the rest of a party may take, each after the one before.
    party_wait_ms = 20_000 in 0..=600_000;
    /// Somebody who came in without a code waits so long for one that arrives late before it is an alert.
    grace_ms = 2000 in 0..=60_000;
    /// Somebody must be this far over a gate's line to have crossed it.
    over_mm = 150 in 0..=2000;
    /// Who is first seen inside and closer to a gate's line than this came in by it.
    near_gate_mm = 1200 in 0..=20_000;
    /// Somebody who is first seen inside is somebody only after so long; for less, detectors see ghosts.
    appear_ms = 1000 in 0..=60_000;
    /// Somebody found inside whom nothing explains for so long is an alert.
    unexplained_ms = 5000 in 0..=600_000;
    /// Unseen for so long, somebody may be whoever appears somewhere else.
    missing_ms = 500 in 0..=60_000;
    /// How fast somebody who is not seen may walk.
    walk_mm_per_s = 1800 in 100..=20_000;
    /// How far beside that they may be found.
    beside_mm = 1000 in 0..=20_000;
    /// Unseen for so long, whoever was last seen at a door has left.
    leave_ms = 2000 in 0..=600_000;
    /// Unseen for so long inside, somebody is lost, and the visit closes.
    lost_ms = 120_000 in 1000..=3_600_000;
    /// A visit closes so long after its last person left: a step back over the line is not another visit.
    close_ms = 1000 in 0..=60_000;
    /// Positions are told so long after they are final, with the visit that is known by then.
    settle_ms = 5000 in 0..=60_000;
}
