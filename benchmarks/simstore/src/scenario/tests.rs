use super::*;

fn problems(text: &str) -> String {
    let problems = read("bad.toml", text, None).expect_err("bad");
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn nothing_is_a_scenario() {
    let (scenario, world) = read("empty.toml", "", None).expect("defaults");
    assert_eq!((scenario.shop, scenario.seconds, scenario.people.at_once_max), (Shop::Corner, 60, 4));
    assert_eq!(world.cameras.len(), 6, "four corners, two shelves");
    assert_eq!(scenario.end().0 - scenario.start.0, 60_000_000);
}

#[test]
fn a_scenario_says_what_it_says() {
    let text = r#"
        name = "busy"
        seed = 7
        seconds = 120
        level = "observations"
        views = ["overhead"]
        start = 2026-11-24T10:00:00+01:00
        [people]
        adversarial_share = 0.4
        hard = { shirt = 3, swap_places = 1 }
        [[outages]]
        device = "plate-A1.2.1"
        from_s = 10
        to_s = 12.5
        [[devices]]
        name = "gate-in"
        skew_ms = -250
    "#;
    let (scenario, world) = read("busy.toml", text, None).expect("good");
    assert_eq!((scenario.seed, scenario.level), (Seed(7), Level::Observations));
    assert_eq!(scenario.start.0, 1_795_510_800_000_000);
    assert_eq!(world.cameras.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["overhead"]);
    assert_eq!(scenario.people.hard, BTreeMap::from([(Hard::Shirt, 3), (Hard::SwapPlaces, 1)]));
    assert_eq!(scenario.delivery.devices["gate-in"], Device { skew_ms: -250, late_ms_mean: 0.0 });
    let at = |us: i64| EventTime(scenario.start.0 + us);
    let out = [9_999_999, 10_000_000, 12_499_999, 12_500_000].map(|us| scenario.is_out("plate-A1.2.1", at(us)));
    assert_eq!(out, [false, true, true, false]);
    assert!(!scenario.is_out("plate-A1.2.2", at(11_000_000)));
}

#[test]
fn every_problem_is_named() {
    let text = r#"name = "my shop"
shop = "corner"
sede = 3
seconds = 0
views = ["corner", "shelfs"]
cameras = ["corner-sx"]
start = "yesterday"
[people]
staff = "two"
adversarial_share = 1.4
adverserial_share = 0.4
[people.hard]
pockets = 3
[pictures]
fps = 12
[delivery]
scale_hz = 50
[[outages]]
device = "plate-A1.2.x"
from_s = 20
to_s = 10
[[devices]]
skew_ms = 5
[[devices]]
name = "gate-in"
[[devices]]
name = "gate-in"
"#;
    let expected = "\
bad.toml:1: name `my shop` cannot stand in a path (use at most 64 of a-z A-Z 0-9 - _)
bad.toml:3: sede is not known (did you mean `seed`?)
bad.toml:4: seconds 0 is outside 1..=604800
bad.toml:5: views `shelfs` is not known (did you mean `shelf`?)
bad.toml:6: cameras `corner-sx` is not in this shop (did you mean `corner-se`?)
bad.toml:7: start expected an instant with its offset, such as 2026-11-23T08:00:00Z, found the text \"yesterday\"
bad.toml:9: people.staff expected a whole number, found the text \"two\"
bad.toml:10: people.adversarial_share 1.4 is outside 0..=1
bad.toml:11: people.adverserial_share is not known (did you mean `adversarial_share`?)
bad.toml:13: people.hard.pockets is not known (did you mean `pocket`?)
bad.toml:15: pictures.fps 12 is neither 10 nor 25 (moments are 1/50 s apart)
bad.toml:17: delivery.scale_hz 50 is no rate of a scale (one of: 1, 5, 10, 20, 60)
bad.toml:19: outages[0].device `plate-A1.2.x` is not in this shop (did you mean `plate-A1.2.1`?)
bad.toml:21: outages[0].to_s 10 is not after from_s, 20
bad.toml:22: devices[0].name is missing (the name of a camera, scale or gate)
bad.toml:27: devices[2].name `gate-in` was named before
";
    assert_eq!(problems(text), expected);
}

#[test]
fn what_films_and_detections_cannot_show_is_a_problem() {
    let text = r#"seconds = 7200
[[outages]]
device = "corner-ne"
[[outages]]
device = "corner-se"
from_s = 60
to_s = 7000
[[devices]]
name = "corner-nw"
skew_ms = 40
late_ms_mean = 5
"#;
    let late = "bad.toml:11: devices[0].late_ms_mean `corner-nw` is a camera, and neither films nor detections say when they \
                arrived (only scales and gates deliver late here)\n";
    let expected = format!(
        "bad.toml:3: outages[0].device `corner-ne` is out all the time: there is nothing to film \
         (leave it out by `cameras`, or set level = \"observations\")\n\
         bad.toml:5: outages[1].device `corner-se` is out for more than 3590 s, and no film's clock is believed to jump \
         that far (leave it out by `cameras`, or set level = \"observations\")\n{late}"
    );
    assert_eq!(problems(text), expected);
    assert_eq!(problems(&format!("level = \"observations\"\n{text}")), late.replace(":11:", ":12:"));
    assert!(problems("[pictures]\nsmooth = true\n").contains("pictures.smooth is not known"));
}

#[test]
fn lost_pictures_are_those_within_an_outage() {
    let outage = |from: f64, to: f64| format!("[[outages]]\ndevice = \"corner-ne\"\nfrom_s = {from}\nto_s = {to}\n");
    let text = [outage(0.0, 0.25), outage(1.0, 1.5), outage(1.45, 2.0), outage(3.01, 3.09)].concat();
    let (scenario, _) = read("s.toml", &text, None).expect("good");
    let lost = scenario.lost_pictures("corner-ne");
    assert_eq!(lost, [[0, 3], [10, 20]]);
    let is_lost = |n: u64| scenario.is_out("corner-ne", scenario.start.plus_us(n as i64 * 100_000));
    assert!((0..40).all(|n| is_lost(n) == lost.iter().any(|[from, to]| (*from..*to).contains(&n))));
    assert!(scenario.lost_pictures("corner-nw").is_empty());
}

#[test]
fn syntax_and_a_folder_that_nobody_named() {
    let found = problems("seed = = 3\n");
    assert!(found.starts_with("bad.toml:1: (syntax) "), "{found}");
    assert_eq!(
        problems("\nshop = \"nanostore\"\n"),
        "bad.toml:2: shop needs a folder with its description (name it with --nanostore DIR)\n"
    );
}

#[test]
fn the_examples_are_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        let (scenario, world) = read(&path.display().to_string(), &text, None).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>())
        });
        assert_eq!(Some(scenario.name.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
        assert_eq!(world.cameras.len(), if scenario.shop == Shop::Large { 20 } else { 6 });
        names.push(scenario.name);
    }
    names.sort();
    assert_eq!(names, ["corner-12", "corner-4", "demo", "hard", "large-40"]);
}
