//! Equal to onnxruntime: every model of the zoo whose weights are at hand.

#![allow(clippy::print_stdout, reason = "what was skipped, and how far apart, is worth reading")]

use models::{DIFFERENCE_MAX, Weights, Zoo, parity, raw_output};
use schemas::Picture;
use std::path::PathBuf;
use std::sync::Arc;

#[test]
fn a_network_of_any_size_is_the_same_as_one_made_for_that_size() {
    let Some(shared) = std::env::var_os("AISLEFLOW_SHARED") else {
        println!("skipped: AISLEFLOW_SHARED is not set");
        return;
    };
    let zoo = Zoo::new(PathBuf::from(shared).join("models"));
    let [small, large] = ["yolox-nano-416x416", "yolox-nano-480x640"].map(|name| zoo.entry(name).expect("valid"));
    if !small.1.path().exists() || !large.1.path().exists() {
        println!("skipped: no {} or no {}", small.1.path().display(), large.1.path().display());
        return;
    }
    // The weights of the small one, told that any size will do.
    let mut any = Zoo::manifest("yolox-nano").expect("valid");
    any.sha256 = small.0.sha256;
    let bytes: Vec<u8> = (0..640 * 480 * 3u32).map(|n| (n * 31 % 251) as u8).collect();
    let picture = Picture::new(640, 480, Arc::new(bytes)).expect("a picture");
    let found = raw_output(&any, &small.1, &picture).expect("runs");
    assert_eq!(found, raw_output(&large.0, &large.1, &picture).expect("runs"));
    any.input.any_size = false;
    let said = raw_output(&any, &small.1, &picture).expect_err("another size").to_string();
    assert!(said.contains("wrong input"), "{said}");
}

#[test]
fn every_model_of_the_zoo_equals_onnxruntime() {
    let shared = std::env::var_os("AISLEFLOW_SHARED");
    if shared.is_none() {
        println!("AISLEFLOW_SHARED is not set: only what is built in is looked at");
    }
    let zoo = Zoo::new(PathBuf::from(shared.unwrap_or_default()).join("models"));
    for name in Zoo::names() {
        let (manifest, weights) = zoo.entry(name).expect("a valid manifest");
        match &weights {
            Weights::File(path) if !path.exists() => println!("skipped {name}: no {}", path.display()),
            _ => {
                let found = parity(&manifest, &weights).expect("runs");
                let found = found.unwrap_or_else(|| panic!("{name}: models/parity/{name}.json is of other weights"));
                println!("{name}: largest difference {:.1e} of {} values", found.difference, found.values);
                assert!(found.values > 50 && found.difference <= DIFFERENCE_MAX, "{name}: {}", found.difference);
            }
        }
    }
}
