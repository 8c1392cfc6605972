use super::*;
use crate::scenario::read;

/// Runs the corner shop's scales for `seconds` with nobody there and these happenings at so many seconds.
fn run(text: &str, seconds: i64, acts: &[(f64, What)]) -> (World, Scales, Vec<ScaleSample>) {
    let (scenario, world) = read("scales.toml", text, None).expect("a scenario");
    let mut scales = Scales::new(&world, &scenario);
    let mut out = Vec::new();
    for tick in 1..=seconds * 50 {
        let (before, at) = ((tick - 1) * 20_000, tick * 20_000);
        let time = |s: f64| (s * 1e6) as i64;
        let due = acts.iter().filter(|(s, _)| (before..at).contains(&time(*s)));
        let happen = |(s, what): &(f64, What)| Happening {
            at: EventTime(scenario.start.0 + time(*s)),
            person: 0,
            what: what.clone(),
        };
        let happened = due.map(happen).collect();
        let now = EventTime(scenario.start.0 + at);
        scales.moment(&Moment { at: now, present: Vec::new(), happened }, &mut out);
        assert!(out.last().is_none_or(|sample| sample.received_at <= now), "nothing arrives early");
    }
    scales.finish(EventTime(scenario.start.0 + seconds * 1_000_000), &mut out);
    (world, scales, out)
}

/// The mean that one scale gave from `from` to `to` seconds, mg.
fn mean(samples: &[ScaleSample], scale: ScaleId, [from, to]: [f64; 2]) -> f64 {
    let start = read("", "", None).expect("defaults").0.start.0;
    let within = |s: &&ScaleSample| {
        let t = (s.event_time.0 - start) as f64 / 1e6;
        s.scale == scale && t >= from && t < to
    };
    let weights: Vec<f64> = samples.iter().filter(within).filter_map(|s| s.weight_mg).map(|mg| mg as f64).collect();
    assert!(!weights.is_empty());
    weights.iter().sum::<f64>() / weights.len() as f64
}

/// The package in front of a column, and the scale under its slot, of the first plate or shelf.
fn front(plates: bool) -> (usize, ScaleId, crate::life::Package) {
    let (scenario, world) = read("", "", None).expect("defaults");
    let scale = world.scales.iter().find(|s| (s.slots.len() == 1) == plates).expect("one");
    let slot = scale.slots[0];
    let package = *Goods::open(&world, scenario.seed).columns(slot)[0].last().expect("full");
    (slot, ScaleId::mint(&world.name, &scale.name), package)
}

#[test]
fn what_leaves_is_missing_and_what_returns_is_back() {
    for plates in [true, false] {
        let (slot, scale, package) = front(plates);
        let take = What::Take { slot, column: 0, package, hand: 1 };
        let back = What::PutBack { slot, column: 0, package, hand: 1 };
        let (_, scales, out) = run("", 24, &[(8.0, take), (16.0, back)]);
        let weight = scales.goods.get(package).expect("it is back").weight_mg as f64;
        let [full, less, again] = [[1.0, 7.0], [9.5, 15.5], [17.5, 23.5]].map(|span| mean(&out, scale, span));
        // Six seconds of noise, drift and sway leave less than a gram.
        assert!((full - less - weight).abs() < 1_000.0, "{full} - {less} is not {weight}");
        assert!((again - full).abs() < 1_000.0, "{again} is not {full}");
    }
}

#[test]
fn a_hand_shows_before_the_goods_leave_and_a_rest_shows_while_it_lasts() {
    let (slot, scale, package) = front(true);
    let take = What::Take { slot, column: 0, package, hand: 1 };
    let press = What::Press { slot, force_mg: 400_000, for_us: 3_000_000 };
    let (_, _, out) = run("", 16, &[(4.0, press), (12.0, take)]);
    let [rest, pressed, after] = [[1.0, 3.5], [5.0, 6.0], [8.5, 11.5]].map(|span| mean(&out, scale, span));
    assert!((pressed - rest - 400_000.0).abs() < 3_000.0, "{pressed} over {rest}");
    assert!((after - rest).abs() < 1_500.0, "{after} after {rest}");
    let touched = mean(&out, scale, [11.93, 12.0]);
    assert!(touched > after + 3_000.0, "fingers close before it goes: {touched} over {after}");
}

#[test]
fn a_step_settles_within_a_quarter_of_a_second_and_may_overshoot() {
    let mut rng = crate::seed::Seed(1).stream("test", &[]);
    for _ in 0..50 {
        let mut settling = Settling::new(0.0, 60.0, &mut rng);
        let course: Vec<f64> = (0..60).map(|_| settling.step(1000.0)).collect();
        let most = course.iter().copied().fold(0.0, f64::max);
        assert!((1000.0..1180.0).contains(&most), "{most}");
        assert!(course[0] < 400.0, "not at once: {}", course[0]);
        assert!(course[15..].iter().all(|at| (at - 1000.0).abs() < 30.0), "{:?}", &course[15..20]);
        assert!((course[59] - 1000.0).abs() < 0.01, "all of it comes");
    }
}

#[test]
fn samples_come_at_their_rate_in_order_of_arrival() {
    let text = "[delivery]\nskew_ms_max = 300\nlate_ms_mean = 500\n";
    let (world, _, out) = run(text, 5, &[]);
    assert_eq!(out.len(), world.scales.len() * 301, "60 a second, and the one at the start");
    let name: std::collections::BTreeMap<_, _> =
        world.scales.iter().map(|s| (ScaleId::mint(&world.name, &s.name), &s.name)).collect();
    assert!(out.is_sorted_by_key(|s| (s.received_at, name[&s.scale], s.event_time)));
    let late: Vec<i64> = out.iter().map(|s| s.received_at.0 - s.event_time.0).collect();
    assert!(late.iter().any(|us| *us < 0) && late.iter().any(|us| *us > 1_000_000), "clocks differ, lines are slow");
    for scale in name.keys() {
        let times: Vec<i64> = out.iter().filter(|s| s.scale == *scale).map(|s| s.event_time.0).collect();
        assert!(times.windows(2).all(|w| (16_666..=16_667).contains(&(w[1] - w[0]))), "its own clock runs evenly");
    }
}

#[test]
fn an_outage_says_nothing_and_everything_else_is_on_steps() {
    let text = "[[outages]]\ndevice = \"plate-A1.1.1\"\nfrom_s = 1.0\nto_s = 2.0\n";
    let (world, _, out) = run(text, 3, &[]);
    let start = out.iter().map(|s| s.event_time.0).min().expect("samples");
    let id = ScaleId::mint(&world.name, "plate-A1.1.1");
    let nothing = out.iter().filter(|s| s.scale == id && s.weight_mg.is_none());
    let times: Vec<i64> = nothing.map(|s| s.event_time.0 - start).collect();
    assert_eq!((times.len(), times[0]), (60, 1_000_000));
    let off_step = |mg: i64| mg % 241 != 0;
    assert!(!out.iter().filter_map(|s| s.weight_mg).any(off_step));
}

#[test]
fn the_same_seed_gives_the_same_samples() {
    let (slot, _, package) = front(true);
    let take = [(0.5, What::Take { slot, column: 0, package, hand: 0 })];
    let text = "[delivery]\nlate_ms_mean = 100\n";
    assert_eq!(run(text, 2, &take).2, run(text, 2, &take).2);
    assert_ne!(run(text, 2, &take).2, run(&format!("seed = 9\n{text}"), 2, &take).2);
}

/// Noise of an empty shop, as of the quiet seconds of the real log: standard deviations of its 245 plates were 0.35, 0.48, 0.67,
/// 1.18 and 2.74 g at 5, 25, 50, 75 and 95 %.
#[test]
fn noise_is_as_large_as_on_a_real_shops_plates() {
    let (_, _, out) = run("", 6, &[]);
    let mut by_scale = std::collections::BTreeMap::<ScaleId, Vec<f64>>::new();
    for sample in &out {
        by_scale.entry(sample.scale).or_default().extend(sample.weight_mg.map(|mg| mg as f64 / 1000.0));
    }
    let sd = |v: &Vec<f64>| {
        let mean = v.iter().sum::<f64>() / v.len() as f64;
        (v.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / v.len() as f64).sqrt()
    };
    let mut all: Vec<f64> = by_scale.values().map(sd).collect();
    all.sort_by(f64::total_cmp);
    for (share, real) in [(0.05, 0.35), (0.25, 0.48), (0.5, 0.67), (0.75, 1.18), (0.95, 2.74)] {
        let ours = all[(share * all.len() as f64) as usize];
        assert!((real / 1.5..real * 1.5).contains(&ours), "{share}: {ours} g, and {real} g in the real log");
    }
}
