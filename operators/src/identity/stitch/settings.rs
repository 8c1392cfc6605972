//! What can be set on the stitcher: every setting with its unit, default and range in one place.

use crate::settings::settings;

settings! {
    /// Settings of the stitcher, whole numbers with the unit last in the name.
    StitchSettings, "stitch";
    /// How long after its tick a frame's sightings are awaited: what the cameras' trackers need to believe a tracklet.
    lag_ms = 1000 in 0..=60_000;
    /// Standard deviation of a person's unforeseen change of speed gathered in one second, mm/s.
    accelerate_mm_per_s = 600 in 1..=100_000;
    /// Standard deviation of a speed before anything is known of it, mm/s.
    speed_mm_per_s = 800 in 1..=100_000;
    /// How long a speed is kept up: after so long it has fallen to 37 %.
    keep_speed_ms = 6000 in 1..=600_000;
    /// Mean height of a person's box as the detector draws it.
    height_mm = 1740 in 500..=3000;
    /// Standard deviation of people's heights.
    height_spread_mm = 90 in 1..=1000;
    /// Random walk of a height in one second: stooping, hats, other boxes.
    height_wander_mm = 4 in 0..=1000;
    /// Mean half width of a person.
    radius_mm = 260 in 50..=1000;
    /// Standard deviation of half widths.
    radius_spread_mm = 40 in 1..=1000;
    /// Random walk of a half width in one second.
    radius_wander_mm = 15 in 0..=1000;
    /// Standard deviation of the left and right edge of a box, of the person's height in the picture (this and those below).
    side_permille = 85 in 1..=1000;
    /// Standard deviation of the upper edge.
    top_permille = 50 in 1..=1000;
    /// Standard deviation of the lower edge.
    bottom_permille = 60 in 1..=1000;
    /// How much lower boxes end than people stand.
    below_permille = 40 in 0..=500;
    /// Standard deviation of where a network sees the feet, along both axes.
    feet_permille = 45 in 1..=1000;
    /// Standard deviation of an edge that a nearer person cuts.
    cut_permille = 120 in 1..=1000;
    /// Degrees of freedom of the noise (Student's t): the fewer, the less a freak box moves a person.
    freedom = 6 in 1..=100;
    /// Largest squared distance, in standard deviations, between a person and a box of theirs.
    gate = 40 in 1..=10_000;
    /// Share of frames in which somebody in full view is found.
    found_permille = 900 in 1..=999;
    /// Share of people in view whose feet are hidden by the shop.
    hidden_permille = 150 in 1..=999;
    /// Share of frames in which somebody stoops or squats.
    bent_permille = 30 in 0..=999;
    /// Density of boxes that are nobody's, as a log likelihood (thousandths, lower is denser) in units of the person's height.
    clutter_milli = 1000 in 0..=20_000;
    /// What the next sighting of a tracklet gains, in log likelihood, when it stays with its person.
    tracklet_milli = 1000 in 0..=20_000;
    /// What a sighting gains for each unit of cosine between appearances above `likeness_permille`, in log likelihood.
    appearance_milli = 10_000 in 0..=100_000;
    /// Cosine of appearances that speaks neither for nor against.
    likeness_permille = 600 in 0..=1000;
    /// Most log likelihood that one camera's box adds to the belief that a person is there.
    evidence_milli = 6000 in 1..=100_000;
    /// Log likelihood at which a person is believed.
    believe_milli = 8000 in 1..=100_000;
    /// Most log likelihood that is kept up.
    believe_most_milli = 20_000 in 1..=1_000_000;
    /// Log likelihood, below nothing, at which a believed person is gone.
    doubt_milli = 4000 in 1..=100_000;
    /// What a person who comes from nowhere costs in log likelihood.
    birth_milli = 6000 in 0..=100_000;
    /// What another person in a world costs in log likelihood when two worlds are compared.
    newcomer_milli = 12_000 in 0..=100_000;
    /// What each second takes from the belief in a person.
    fade_milli_per_s = 6500 in 0..=1_000_000;
    /// Time over which a camera's boxes say the same over again.
    same_ms = 250 in 1..=10_000;
    /// Closer than this, two people crowd each other.
    crowd_mm = 400 in 0..=5000;
    /// What two people in one place cost in log likelihood.
    crowd_milli = 5000 in 0..=100_000;
    /// Nobody comes from nowhere closer to somebody than this.
    birth_mm = 350 in 0..=5000;
    /// Two people closer than this are one.
    same_mm = 220 in 0..=5000;
    /// After so long.
    one_ms = 1000 in 0..=60_000;
    /// How long somebody whom no camera sees is remembered.
    memory_ms = 2000 in 0..=600_000;
    /// The same for somebody not yet believed.
    tentative_ms = 600 in 0..=60_000;
    /// Somebody at an entrance whose place has a larger standard deviation than this has left.
    left_mm = 300 in 1..=100_000;
    /// Somebody who was lost inside the shop comes back after so long at most.
    return_ms = 10_000 in 0..=600_000;
    /// And so far from where they were lost.
    return_mm = 700 in 0..=100_000;
    /// And so much further for each second.
    return_mm_per_s = 500 in 0..=10_000;
    /// How long somebody whom no camera sees is given a place.
    coast_ms = 1000 in 0..=600_000;
    /// Closer than this, one person can be taken for another.
    mistake_mm = 900 in 0..=10_000;
    /// Loss of log likelihood up to which it is kept in mind that two people were taken for each other.
    mistake_milli = 15_000 in 0..=100_000;
    /// How many such mistakes are kept in mind for each world and tick.
    mistakes_max = 3 in 0..=100;
    /// Worlds kept in mind for each group of people.
    worlds_max = 12 in 1..=1000;
    /// Worlds of a group times its people: large groups keep fewer worlds in mind, at least one.
    worlds_people_max = 150 in 1..=1_000_000;
    /// Worlds so much less likely than the best are forgotten.
    worlds_milli = 20_000 in 0..=1_000_000;
    /// Closer than this, people are one group.
    group_mm = 1200 in 0..=20_000;
    /// People on the floor who are followed at once; further ones are not, with a fault.
    people_max = 1000 in 1..=100_000;
}
