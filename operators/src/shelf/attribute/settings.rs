//! What can be set on attribution: every setting with its unit, default and range in one place.

use crate::settings::settings;

settings! {
    /// Settings of attribution, whole numbers with the unit last in the name.
    AttributeSettings, "attribute";
    /// Who was where so long before a change of weight began may have made it: hands are in the slot before the goods move.
    before_ms = 500 in 0..=10_000;
    /// And so long after it ended: clocks of scales and cameras differ.
    after_ms = 200 in 0..=10_000;
    /// How far people reach without effort: from where they stand to the front of a slot.
    reach_mm = 600 in 100..=3000;
    /// Standard deviation of what they reach beyond that.
    stretch_mm = 220 in 10..=3000;
    /// Nobody reaches further than this.
    reach_most_mm = 1600 in 100..=5000;
    /// Share of pictures of a hand in a slot in which its wrist is seen where it is.
    hand_seen_permille = 800 in 1..=999;
    /// How likely a wrist that is elsewhere is seen at any one place within an arm's length, beside how likely one is where it is.
    hand_else_permille = 20 in 1..=999;
    /// A hand is in the slot for so long while something is taken; one that is there for less may have gone past.
    grasp_ms = 300 in 100..=5_000;
    /// Standard deviation of a package's weight, of its nominal one.
    package_permille = 10 in 0..=500;
    /// The same, at least, in milligrams.
    package_mg = 1500 in 0..=1_000_000;
    /// How much two scales differ in what they say of one thing, in proportion to its weight.
    scale_permille = 1 in 0..=100;
    /// Of so many things that come back what they weighed says nothing: they were weighed badly, or are others.
    weighed_badly_permille = 50 in 1..=1000;
    /// What it costs, in log likelihood (thousandths, as all below), to say that nobody did it whom the shop knows.
    nobody_milli = 9000 in 0..=100_000;
    /// To say that it is nothing of what lies there.
    unknown_milli = 7000 in 0..=100_000;
    /// Each further piece in one grip.
    more_milli = 1600 in 0..=100_000;
    /// Two things in one change.
    both_milli = 4500 in 0..=100_000;
    /// Beyond that, if one of them is put back: something is exchanged for something else in one change.
    exchange_milli = 4000 in 0..=100_000;
    /// Beyond that, if one person does both, with a hand each; also of two scales at one time.
    each_hand_milli = 3000 in 0..=100_000;
    /// Changes that end within so long of each other, on whatever scales, are explained together.
    together_ms = 300 in 0..=2_000;
    /// A change that nothing of what lies there explains waits so long for the next on its scale: both together may be one.
    wait_ms = 6000 in 0..=60_000;
    /// Something lies or is put where the planogram has something else.
    misplaced_milli = 1500 in 0..=100_000;
    /// Somebody puts something back of which nobody knows that they have it.
    not_carried_milli = 3500 in 0..=100_000;
    /// Beyond that, if it is put where the planogram has something else: whoever fills shelves, or was overlooked, puts things where they belong.
    not_carried_astray_milli = 3000 in 0..=100_000;
    /// A slot that looks different: how much likelier it is that something was taken than put there, in log odds.
    taken_milli = 2500 in 0..=100_000;
    /// And by how much less where it looks as it did before.
    again_milli = 4000 in 0..=100_000;
    /// What it costs to say that nobody did it: light changes, and people are overlooked.
    seen_nobody_milli = 3000 in 0..=100_000;
    /// A slot with less than this share of what fits is low.
    low_permille = 250 in 0..=1000;
    /// An interaction less sure than this is to be reviewed.
    review_permille = 700 in 0..=1000;
}
