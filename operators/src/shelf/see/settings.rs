//! What can be set on seeing: every setting with its unit, default and range in one place.

use crate::settings::settings;

settings! {
    /// Settings of seeing, whole numbers with the unit last in the name.
    SeeSettings, "see";
    /// A front looks different for so long, with nobody before it, before it has changed.
    settle_ms = 1000 in 100..=60_000;
    /// And for so long where nobody was before it since it was last seen as before: nothing is taken so, and people are overlooked.
    settle_alone_ms = 3000 in 100..=60_000;
    /// A cell of a front looks different when its red, green or blue differs by more than this, of 255.
    cell_levels = 14 in 1..=255;
    /// A front looks different when so many of its cells do.
    cells_min = 1 in 1..=100;
    /// A front that somebody's box comes nearer to than this, in thousandths of the box's height, is covered.
    near_permille = 120 in 0..=1000;
    /// Where so many slots of one rack look different at once, the camera sees somebody who was overlooked.
    crowd_slots = 3 in 1..=1_000;
    /// So does it where more than this of one slot's front looks different.
    share_permille = 500 in 1..=1000;
    /// What looks different for so long is how it is, whatever the reason.
    adopt_ms = 30_000 in 100..=3_600_000;
    /// What one camera saw change waits so long for others that saw it.
    gather_ms = 1000 in 0..=60_000;
}
