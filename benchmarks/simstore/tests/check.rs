//! What simstore writes of its shops is what `aisleflow check` accepts, unchanged: for footage and for observations. simstore must
//! not know the pipeline, so the program is looked for beside this test; `cargo test --workspace` builds it. Skipped without.

use simstore::gate::Signer;
use simstore::world::write::{Films, Footage, Opening, write};
use simstore::world::{World, corner, large, nanostore};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program, where it is built.
fn aisleflow() -> Option<PathBuf> {
    let test = std::env::current_exe().expect("this test");
    let program = test.ancestors().nth(2).expect("the folder of programs").join("aisleflow");
    if !program.is_file() {
        skipped("aisleflow is not built");
    }
    program.is_file().then_some(program)
}

fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// What `check` says of a shop's files.
fn check(program: &Path, world: &World, footage: Footage) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = simstore::scenario::read("", "", None).expect("defaults").0;
    let signer = Signer::new(&world.name, scenario.seed);
    let (public_key, pseudonym_key) = (&signer.public_key(), &signer.pseudonym_key());
    let opening = Opening { since: scenario.start, footage, public_key, pseudonym_key };
    write(world, &opening, folder.path()).expect("written");
    let config = folder.path().join("store.toml");
    let mut command = Command::new(program);
    let output = command.env_remove("AISLEFLOW_LOG").arg("check").arg("--config").arg(config).output().expect("runs");
    let said = String::from_utf8(output.stdout).expect("UTF-8") + &String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code(), said)
}

fn sound(world: &World) {
    let Some(program) = aisleflow() else { return };
    let start = simstore::scenario::read("", "", None).expect("defaults").0.start;
    for footage in [Footage::Video(Films::since(start)), Footage::Detections] {
        let (code, said) = check(&program, world, footage);
        assert_eq!(code, Some(0), "{said}");
        let counted = format!(
            "{} gondolas, {} slots, {} skus, {} scales, {} gate",
            world.gondolas.len(),
            world.slots.len(),
            world.articles.len(),
            world.scales.len(),
            world.gates.len()
        );
        assert!(said.contains("no problems") && said.contains(&counted), "{said}");
    }
}

#[test]
fn our_shops_are_sound() {
    sound(&corner::world());
    sound(&large::world(large::Size::default()));
}

#[test]
fn the_nanostore_is_sound() {
    let shared = std::env::var_os("AISLEFLOW_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder =
        [shared, Some(beside)].into_iter().flatten().map(|s| s.join("data/nanostore")).find(|dir| dir.is_dir());
    match folder {
        Some(folder) => sound(&nanostore::world(&folder).expect("a shop")),
        None => skipped("no nanostore"),
    }
}

/// The check is a check: a gate in a zone that is not there is refused.
#[test]
fn a_shop_that_is_wrong_is_refused() {
    let Some(program) = aisleflow() else { return };
    let mut world = corner::world();
    let gate = &mut world.gates[0];
    gate.zone = "nowhere".to_string();
    let (code, said) = check(&program, &world, Footage::Detections);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("there is no zone `nowhere`"), "{said}");
}
