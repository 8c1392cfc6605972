//! What can be set on steps of weight: every setting with its unit, default and range in one place.

use crate::settings::settings;

settings! {
    /// Settings of steps of weight, whole numbers with the unit last in the name.
    WeighSettings, "weigh";
    /// What has been steady for so long after a movement is the new weight: a step is told.
    steady_ms = 500 in 100..=10_000;
    /// What was steady for so long before the next movement began was a weight between two steps; shorter, and both are one.
    settled_ms = 300 in 50..=10_000;
    /// Up to so long before a movement the weight is taken from.
    before_ms = 600 in 100..=60_000;
    /// The last so long before a movement are left out: a hand comes near slowly.
    guard_ms = 300 in 0..=5000;
    /// A scale shows what happens so late at most: a load cell swings, and says the mean of the time since it last spoke.
    lag_ms = 40 in 0..=1000;
    /// A change of less than this is none.
    step_mg = 10_000 in 100..=10_000_000;
    /// A scale moves when it leaves its weight by more than this, or by `noise_times` its noise, whichever is more.
    move_mg = 3000 in 100..=10_000_000;
    /// A movement of which nothing came is a touch if it was heavier, or lighter, than before by this much on average.
    touch_mg = 8000 in 100..=10_000_000;
    /// So many standard deviations of single samples are still noise.
    noise_times = 6 in 2..=100;
    /// Noise of single samples, taken for granted until a scale's own is learned, and the least that is believed of any.
    noise_mg = 250 in 1..=1_000_000;
    /// A scale with so much noise that a smaller change would go unnoticed is weighed over times 8 times as long: told later, and less apart.
    unnoticed_mg = 80_000 in 1000..=100_000_000;
    /// A scale that has found no rest for so long is more restless than was thought: more is believed to be noise.
    restless_ms = 3000 in 500..=600_000;
    /// A scale that gives no number for so long is a fault, told once.
    silent_ms = 10_000 in 500..=86_400_000;
    /// So is one that says the same number for so long; 0: never.
    stuck_ms = 600_000 in 0..=86_400_000;
}
