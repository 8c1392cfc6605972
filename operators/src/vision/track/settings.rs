//! What can be set on a tracker: every setting with its unit, default and range in one place.

use crate::settings::settings;
use crate::vision::motion::Noise;

settings! {
    /// Settings of a tracker, whole numbers with the unit last in the name. The defaults were chosen on public
    /// sequences and moved to where their neighbourhood is flat (`benchmarks/peers/run.py --jitter`).
    TrackSettings, "tracker";
    /// Detections below this score join no tracklet.
    score_low_permille = 150 in 0..=1000;
    /// Detections from this score on are paired first and may begin tracklets.
    score_high_permille = 600 in 0..=1000;
    /// Score from which an unpaired detection begins a tracklet.
    score_new_permille = 700 in 0..=1000;
    /// Least agreement between prediction and a sure detection.
    agree_permille = 205 in 1..=2000;
    /// Least agreement between prediction and an unsure detection.
    agree_low_permille = 315 in 1..=2000;
    /// Least agreement when a detection that nobody claimed is offered to the lost.
    agree_recover_permille = 270 in 1..=2000;
    /// Least agreement between a tentative tracklet and a detection.
    agree_tentative_permille = 225 in 1..=2000;
    /// How much boxes are grown on each side before they are compared, of their sides.
    buffer_permille = 65 in 0..=2000;
    /// The same when recovering the lost.
    buffer_recover_permille = 500 in 0..=2000;
    /// Weight of the agreement in height.
    height_weight_permille = 1950 in 0..=5000;
    /// What agreement gains when the step goes exactly where the tracklet was heading.
    heading_permille = 90 in 0..=1000;
    /// Over how long a heading is measured.
    heading_ms = 700 in 1..=60_000;
    /// What agreement loses for each second the tracklet was missing, for up to one second.
    missing_permille = 145 in 0..=1000;
    /// How long a tracklet that is not seen is remembered.
    memory_ms = 2700 in 0..=600_000;
    /// How long a prediction keeps its speed.
    coast_ms = 1100 in 0..=600_000;
    /// Sightings after which a tracklet is believed.
    confirm_sightings = 4 in 1..=100;
    /// How long a tentative tracklet may go unseen before it is dropped.
    tentative_ms = 900 in 1..=60_000;
    /// Overlap with a believed tracklet's detection from which an unpaired one is its double.
    double_permille = 800 in 1..=1001;
    /// A camera with no more believed tracklets than this is quiet: there, people are remembered for longer.
    quiet_people = 2 in 0..=100;
    /// How long a tracklet that is not seen is remembered while the camera is quiet.
    quiet_memory_ms = 10_000 in 0..=3_600_000;
    /// How far from its last place a remembered person may come back, in box heights.
    quiet_reach_permille = 1000 in 0..=100_000;
    /// How much further for each second away, in box heights.
    quiet_stride_permille = 500 in 0..=100_000;
    /// Largest ratio of two heights, one divided by the other, of a person who comes back.
    quiet_height_permille = 1600 in 1001..=100_000;
    /// Least cosine of two appearances of one person, where a model describes them.
    appearance_permille = 300 in 0..=1000;
    /// What agreement gains at cosine 1 over what it gains at cosine 0.
    appearance_weight_permille = 300 in 0..=5000;
    /// Tracklets of one camera that are followed at once; detections that would begin more join none, with a fault.
    tracklets_max = 256 in 1..=4096;
    /// Standard deviation of a measured centre, of the box's longer side (this and all below).
    noise_centre_permille = 68 in 1..=1000;
    /// Standard deviation of a measured width or height.
    noise_size_permille = 100 in 1..=1000;
    /// Random walk of a position in one second.
    noise_wander_permille = 33 in 0..=10_000;
    /// Random walk of a speed in one second, per second.
    noise_accelerate_permille = 140 in 0..=100_000;
    /// Standard deviation of an unknown speed, per second.
    noise_speed_permille = 1300 in 1..=100_000;
    /// What part of the motion noise holds for width and height.
    noise_resize_permille = 130 in 0..=1000;
}

/// A part of one thousand as a factor.
pub(crate) fn factor(permille: u32) -> f64 {
    f64::from(permille) / 1000.0
}

impl TrackSettings {
    /// The noise of the motion model.
    pub(crate) fn noise(&self) -> Noise {
        Noise {
            centre: factor(self.noise_centre_permille),
            size: factor(self.noise_size_permille),
            wander: factor(self.noise_wander_permille),
            accelerate: factor(self.noise_accelerate_permille),
            speed: factor(self.noise_speed_permille),
            resize: factor(self.noise_resize_permille),
        }
    }
}
