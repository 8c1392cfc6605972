//! What can be set on settling: every setting with its unit, default and range in one place.

use crate::settings::settings;

settings! {
    /// Settings of settling, whole numbers with the unit last in the name.
    SettleSettings, "settle";
    /// A receipt is made so long after the last of a visit has left.
    settle_wait_ms = 2000 in 0..=600_000;
    /// A visit may be corrected for so long after it closed.
    review_horizon_ms = 900_000 in 1000..=86_400_000;
}
