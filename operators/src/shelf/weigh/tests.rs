use super::*;
use crate::reference::weigh::slow_steps;
use proptest::prelude::*;
use schemas::{EventTime, TickLength};

const HZ: i64 = 60;
const SECOND: i64 = 1_000_000;

/// A number between -1 and 1 that looks like chance: the sum of three uniform ones.
fn noise(seed: u64, k: u64) -> f64 {
    let uniform = |salt: u64| {
        let mut x = (seed ^ (k << 20) ^ (salt << 52)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((x ^ (x >> 32)) % 2_000_001) as f64 / 1e6 - 1.0
    };
    (uniform(1) + uniform(2) + uniform(3)) / 3.0
}

type Heard = (EventTime, Option<i64>);

/// What a scale says that follows `load` (mg, at microseconds), with noise of some 400 mg, `hz` times a second for `seconds`.
fn said(hz: i64, seconds: i64, seed: u64, load: impl Fn(i64) -> f64) -> Vec<Heard> {
    let mut shown = load(0);
    let sample = |k: i64| {
        let at = k * SECOND / hz;
        shown += (load(at) - shown) * (1.0 - (-40.0 / hz as f64).exp());
        (EventTime(at), Some((shown + 1_200.0 * noise(seed, k as u64)).round() as i64))
    };
    (0..seconds * hz).map(sample).collect()
}

fn weighed(samples: &[Heard], settings: &WeighSettings) -> Vec<(EventTime, WeightStep)> {
    let mut weigher = Weigher::new(ScaleId(7), settings);
    samples.iter().filter_map(|&(at, mg)| Some((at, weigher.push(at, mg)?))).collect()
}

fn changes(samples: &[Heard]) -> Vec<i64> {
    weighed(samples, &WeighSettings::default()).iter().map(|(_, step)| step.change_mg).collect()
}

#[track_caller]
fn assert_changes(samples: &[Heard], expected: &[i64]) {
    let found = changes(samples);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        let near = (found - expected).abs() <= 1_500 && (*expected != 0 || *found == 0);
        assert!(near, "{found} for {expected}");
    }
}

#[test]
fn a_take_is_a_step_at_its_moment_told_within_a_bound() {
    let settings = WeighSettings::default();
    for (hz, seed) in [(60, 1), (60, 2), (30, 3), (10, 4), (5, 5), (1, 6)] {
        let moment = 15 * SECOND + 7_000;
        let samples = said(hz, 30, seed, |at| if at < moment { 2e6 } else { 1_659e3 });
        let told = weighed(&samples, &settings);
        assert_eq!(told.len(), 1, "{hz} Hz: {told:?}");
        let (at, step) = told[0];
        assert!(step.from.0 <= moment && moment <= step.until.0, "{hz} Hz: {step:?}");
        let period = SECOND / hz;
        assert!(step.until.since_us(step.from) < 200_000 + 2 * period, "{hz} Hz: {step:?}");
        assert!((step.change_mg + 341_000).abs() <= 4 * i64::from(step.sigma_mg), "{hz} Hz: {step:?}");
        assert!(at.since_us(step.until) <= told_within_us(&settings, period, false), "{hz} Hz: {step:?} at {at:?}");
    }
}

#[test]
fn hands_drift_and_silence_are_no_steps() {
    let calm = |_: i64| 500e3;
    let within = |at: i64, from: i64, until: i64| (from * 1000..until * 1000).contains(&at);
    // A hand that presses for half a second, then one that leans on it and takes nothing.
    assert_changes(&said(HZ, 30, 1, |at| calm(at) + if within(at, 15_000, 15_500) { 60e3 } else { 0.0 }), &[0]);
    let restless = |at: i64| if within(at, 15_000, 18_000) { 50e3 + 30e3 * (at as f64 / 40e3).sin() } else { 0.0 };
    assert_changes(&said(HZ, 30, 2, |at| calm(at) + restless(at)), &[0]);
    // A press, and the take in the middle of it.
    let take = |at: i64| if at > 15_400_000 { -120e3 } else { 0.0 };
    assert_changes(&said(HZ, 30, 3, |at| calm(at) + take(at) + restless(at)), &[-120_000]);
    // A drift of a gram a second, up and down again.
    assert_changes(&said(HZ, 60, 4, |at| calm(at) + (30e6 - (at - 30_000_000).abs() as f64) / 1e3), &[]);
    // A footstep that shakes it to and fro; a tare that jumps.
    let shake = |at: i64| if within(at, 15_000, 15_400) { 12e3 * (at as f64 / 11e3).sin() } else { 0.0 };
    assert_changes(&said(HZ, 30, 5, |at| calm(at) + shake(at)), &[]);
    assert_changes(&said(HZ, 30, 6, |at| calm(at) - if at > 15_000_000 { 9e6 } else { 0.0 }), &[-9_000_000]);
    // A plate that says one value for ever, and one that says none.
    let stuck: Vec<Heard> = (0..3_000).map(|k| (EventTime(k * SECOND / HZ), Some(5))).collect();
    assert_changes(&stuck, &[]);
    assert_changes(&stuck.iter().map(|&(at, _)| (at, None)).collect::<Vec<_>>(), &[]);
    // What no plate carries is no number.
    let mut wild = said(HZ, 30, 7, calm);
    wild.iter_mut().skip(500).step_by(97).for_each(|(_, mg)| *mg = Some(i64::MIN + 1));
    assert_changes(&wild, &[]);
}

#[test]
fn two_takes_are_two_where_it_was_steady_between() {
    let takes = |gap: i64| {
        move |at: i64| 900e3 - if at > 15_000_000 { 50e3 } else { 0.0 } - if at > 15_000_000 + gap { 70e3 } else { 0.0 }
    };
    assert_changes(&said(HZ, 30, 1, takes(1_000_000)), &[-50_000, -70_000]);
    assert_changes(&said(HZ, 30, 2, takes(550_000)), &[-50_000, -70_000]);
    assert_changes(&said(HZ, 30, 3, takes(200_000)), &[-120_000]);
}

#[test]
fn a_hole_widens_the_interval_and_the_doubt() {
    let load = |at: i64| if at < 15_500_000 { 800e3 } else { 600e3 };
    let whole = said(HZ, 40, 5, load);
    let mut holed = whole.clone();
    holed.iter_mut().filter(|(at, _)| (15_000_000..25_000_000).contains(&at.0)).for_each(|(_, mg)| *mg = None);
    let (clear, torn) = (weighed(&whole, &WeighSettings::default()), weighed(&holed, &WeighSettings::default()));
    assert_eq!((clear.len(), torn.len()), (1, 1), "{clear:?} {torn:?}");
    let (clear, torn) = (clear[0].1, torn[0].1);
    assert!(torn.from.0 < 15_000_000 && torn.until.0 >= 25_000_000, "{torn:?}");
    assert!(torn.sigma_mg > clear.sigma_mg && (torn.change_mg + 200_000).abs() < 1_000, "{clear:?} {torn:?}");
    // A dead plate that comes back is not a take.
    assert_changes(&whole.iter().map(|&(at, mg)| (at, mg.filter(|_| at.0 > 20_000_000))).collect::<Vec<_>>(), &[]);
}

#[test]
fn doubt_is_honest_and_noise_is_learned() {
    let (mut within, mut of, mut sum) = ([0, 0], 0, 0.0);
    for seed in 0..300 {
        let change = 20e3 + 1_000.0 * (seed % 37) as f64;
        let sway = |at: i64| 600.0 * (at as f64 / 1e6 * 1.6 * std::f64::consts::TAU + seed as f64).sin();
        let samples = said(HZ, 22, seed, |at| 300e3 + sway(at) - if at > 18_000_000 { change } else { 0.0 });
        for (_, step) in weighed(&samples, &WeighSettings::default()) {
            let error = step.change_mg as f64 + change;
            let sigma = f64::from(step.sigma_mg);
            (within[0], within[1]) =
                (within[0] + i32::from(error.abs() <= sigma), within[1] + i32::from(error.abs() <= 2.0 * sigma));
            (of, sum) = (of + 1, sum + error);
        }
    }
    assert_eq!(of, 300);
    assert!((180..=250).contains(&within[0]) && within[1] >= 270, "{within:?}");
    assert!((sum / 300.0).abs() < 60.0, "biased by {} mg", sum / 300.0);
    let mut weigher = Weigher::new(ScaleId(7), &WeighSettings::default());
    said(HZ, 30, 9, |_| 1e6).iter().for_each(|&(at, mg)| assert_eq!(weigher.push(at, mg), None));
    assert!((350.0..450.0).contains(&weigher.noise_mg()), "{}", weigher.noise_mg());
}

#[test]
fn a_scale_with_much_noise_is_weighed_over_long_times() {
    // Single samples are off by 60 g; somebody takes 220 g, and puts it back half a minute later.
    let rough = |seed: u64, at: i64| 180e3 * noise(seed, at as u64);
    let told = |seed: u64, settings: &WeighSettings| {
        let takes = |at: i64| if (80 * SECOND..110 * SECOND).contains(&at) { -220e3 } else { 0.0 };
        let told = weighed(&said(20, 160, seed, |at| 5e6 + rough(seed, at) + takes(at)), settings);
        told.into_iter().filter(|(_, step)| step.change_mg != 0).collect::<Vec<_>>()
    };
    let settings = WeighSettings::default();
    let mut near = 0;
    for seed in 0..30 {
        let told = told(seed, &settings);
        let (moments, signs) = ([80 * SECOND, 110 * SECOND], [-1, 1]);
        assert_eq!(told.iter().map(|(_, step)| step.change_mg.signum()).collect::<Vec<_>>(), signs, "{told:?}");
        for ((at, step), moment) in told.iter().zip(moments) {
            let off = step.change_mg.abs() - 220_000;
            assert!(off.abs() < 4 * i64::from(step.sigma_mg) && step.sigma_mg < 30_000, "{step:?}");
            near += i32::from(off.abs() < i64::from(step.sigma_mg));
            assert!(step.from.0 <= moment && moment <= step.until.0, "{step:?}");
            assert!(step.until.since_us(step.from) < 4 * SECOND, "{step:?}");
            assert!(at.since_us(step.until) <= told_within_us(&settings, SECOND / 20, true), "{step:?} at {at:?}");
        }
    }
    assert!((30..=58).contains(&near), "{near} of 60 within their doubt");
    // Over the usual times most of it is noise.
    let hidden = WeighSettings { unnoticed_mg: 100_000_000, ..settings };
    let found: usize = (0..30).map(|seed| told(seed, &hidden).len()).sum();
    assert!(found <= 30, "{found} of 60 found");
    // And where nothing happens, nothing was taken.
    let calm = |seed: u64| changes(&said(20, 300, seed, |at| 5e6 + rough(seed, at)));
    assert!((0..10).all(|seed| calm(seed).iter().all(|change| *change == 0)));
}

/// A random life of a scale: loads that come and go at random, holes, a jump of the clock, repeated samples.
fn series() -> impl Strategy<Value = Vec<Heard>> {
    let acts = prop::collection::vec((0..20_000_i64, -400_i64..400, 0..3_000_i64), 0..14);
    let holes = prop::collection::vec((0..20_000_i64, 1..4_000_i64), 0..4);
    (acts, holes, prop::sample::select(vec![1_i64, 7, 30, 60]), any::<u64>(), 1_u32..40).prop_map(
        |(acts, holes, hz, seed, rough)| {
            let load = |at: i64| {
                let is = |&&(from, _, over): &&(i64, i64, i64)| {
                    at >= from * 1000 && (over < 1_000 || at < (from + over) * 1000)
                };
                1e6 + acts.iter().filter(is).map(|act| act.1 as f64 * 1e3).sum::<f64>()
            };
            let mut samples = said(hz, 20, seed, |at| load(at) + f64::from(rough) * 90.0 * noise(seed, at as u64));
            for (at, mg) in &mut samples {
                let out = holes.iter().any(|&(from, long)| (from * 1000..(from + long) * 1000).contains(&at.0));
                *mg = mg.filter(|_| !out);
            }
            samples
        },
    )
}

fn sample(scale: u64, &(event_time, weight_mg): &Heard) -> ScaleSample {
    ScaleSample { scale: ScaleId(scale), event_time, received_at: event_time, weight_mg }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn as_its_slow_twin(
        samples in series(),
        // A third is weighed over long times: their noise is known after ten blocks of eight times `steady_ms`.
        (steady_ms, unnoticed_mg) in prop_oneof![(300_u32..900, Just(80_000)), (100_u32..900, 1_000_u32..10_000), (100_u32..150, Just(1_000))],
        guard_ms in 0_u32..400,
    ) {
        let settings = WeighSettings { steady_ms, guard_ms, unnoticed_mg, ..WeighSettings::default() };
        prop_assert_eq!(weighed(&samples, &settings), slow_steps(ScaleId(7), &samples, &settings));
    }

    #[test]
    fn ticks_and_repeated_samples_do_not_show(samples in series(), tick_ms in 1_u64..2_000, seed: u64) {
        let settings = WeighSettings::default();
        let length = TickLength::from_us(tick_ms * 1000).expect("not zero");
        let mut batches: BTreeMap<u64, Vec<ScaleSample>> = BTreeMap::new();
        for heard in &samples {
            // Two scales at once, one of them an hour ahead; every tenth sample comes twice.
            let twice = usize::from(noise(seed, heard.0.0 as u64) > 0.5) + 1;
            let ahead = (EventTime(heard.0.0 + 3_600 * SECOND), heard.1);
            batches.entry(length.tick(heard.0).0).or_default().extend([sample(1, heard), sample(2, &ahead)].repeat(twice));
        }
        let (mut core, mut outbox, mut kept) = (Weigh::new(settings.clone()), Outbox::default(), 0);
        let mut told = Vec::new();
        for (tick, mut batch) in batches {
            batch.sort();
            prop_assert_eq!(core.close(Tick(tick), batch, &mut outbox), None);
            told.extend(outbox.take().0);
            kept = kept.max(core.scales.len());
        }
        prop_assert_eq!(kept, if samples.is_empty() { 0 } else { 2 });
        let alone: Vec<WeightStep> = weighed(&samples, &settings).into_iter().map(|(_, step)| step).collect();
        for scale in [1, 2] {
            let late = if scale == 2 { 3_600 * SECOND } else { 0 };
            let own = told.iter().filter(|step| step.scale.0 == scale);
            let own: Vec<WeightStep> = own.map(|s| WeightStep { scale: ScaleId(7), from: s.from.plus_us(-late), until: s.until.plus_us(-late), ..*s }).collect();
            prop_assert_eq!(&own, &alone);
        }
    }

    #[test]
    fn steps_are_told_in_time_and_in_order(samples in series()) {
        let settings = WeighSettings::default();
        let heard: Vec<i64> = samples.iter().filter(|(_, mg)| mg.is_some()).map(|(at, _)| at.0).collect();
        let period = heard.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        let mut last = EventTime(i64::MIN);
        for (at, step) in weighed(&samples, &settings) {
            prop_assert!(step.from < step.until && step.sigma_mg > 0, "{:?}", step);
            prop_assert!(step.until > last && step.until <= at);
            prop_assert!(at.since_us(step.until) <= told_within_us(&settings, period, false), "{:?} at {:?}", step, at);
            last = step.until;
        }
    }
}
