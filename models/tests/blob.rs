//! The hand-made network of `fixtures/blob` on drawn pictures: the whole detector without any file from elsewhere.

use models::{DetectorModel, EmbedderModel, Manifest, ModelError, PoserModel, Weights};
use schemas::geometry::to_pixels;
use schemas::{Box2, CameraId, Detection, EventTime, Frame, FrameMeta, Picture};
use std::path::PathBuf;
use std::sync::Arc;

fn fixture(name: &str) -> (Manifest, Weights) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name).join("manifest.toml");
    Manifest::read(&path).expect("a valid manifest")
}

fn blob() -> Arc<DetectorModel> {
    let (manifest, weights) = fixture("blob");
    DetectorModel::load(&manifest, &weights).expect("loads")
}

/// A dark picture with bright rectangles: left, top, width, height, colour.
fn frame(width: u32, height: u32, rectangles: &[(u32, u32, u32, u32, [u8; 3])]) -> Frame {
    let mut rgb = [20u8, 24, 18].repeat((width * height) as usize);
    for &(left, top, w, h, colour) in rectangles {
        for y in top..(top + h).min(height) {
            for x in left..(left + w).min(width) {
                let at = 3 * (y * width + x) as usize;
                rgb[at..at + 3].copy_from_slice(&colour);
            }
        }
    }
    let scaled = Picture::new(width, height, Arc::new(rgb)).expect("a picture");
    let meta = FrameMeta { camera: CameraId(1), event_time: EventTime(0), sequence: 0, width, height };
    Frame { meta, scaled, full: None }
}

const RED: [u8; 3] = [220, 40, 40];
const GREEN: [u8; 3] = [40, 230, 60];
const BLUE: [u8; 3] = [60, 60, 200];

fn iou(found: &Detection, left: u32, top: u32, width: u32, height: u32) -> f32 {
    let [l, t, r, b] = [left, top, left + width, top + height].map(|v| v as f32);
    found.bbox.iou(Box2::from_pixels(l, t, r, b))
}

#[test]
fn an_empty_picture_has_nobody() {
    let mut session = blob().session().expect("a session");
    assert_eq!(session.detect(&frame(160, 96, &[])).expect("runs"), []);
}

#[test]
fn moving_blobs_are_one_good_box_each() {
    let mut session = blob().session().expect("a session");
    for step in 0..25 {
        let people = [(4 + 2 * step, 10, 20, 48, RED), (70, 40 - step, 20, 48, GREEN), (130 - step, 30, 18, 50, BLUE)];
        for count in [1, 3] {
            let found = session.detect(&frame(160, 96, &people[..count])).expect("runs");
            // The first walks into the second at step 23: then two touch, and count as one.
            let expected = if step > 21 && count == 3 { continue } else { count };
            assert_eq!(found.len(), expected, "step {step}: {found:?}");
            for &(left, top, w, h, _) in &people[..count] {
                let best = found.iter().map(|d| iou(d, left, top, w, h)).fold(0.0, f32::max);
                assert!(best >= 0.85, "step {step}: IoU {best} in {found:?}");
            }
            assert!(found.iter().all(|d| d.score.unit() > 0.5), "{found:?}");
            assert!(found.is_sorted(), "canonical order");
        }
    }
}

#[test]
fn boxes_come_back_in_source_pixels_and_inside_the_picture() {
    let model = blob();
    assert_eq!((model.input_size(), model.scaled_size(320, 240)), ((160, 96), (128, 96)));
    let mut session = model.session().expect("a session");
    // A source of 320 x 240, given at the size the model asks for and at its own: the same boxes within a pixel or two.
    let small = Frame { meta: frame(320, 240, &[]).meta, ..frame(128, 96, &[(100, 20, 28, 60, GREEN)]) };
    let large = frame(320, 240, &[(250, 50, 70, 150, GREEN)]);
    for frame in [small, large] {
        let found = session.detect(&frame).expect("runs");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(iou(&found[0], 250, 50, 70, 150) > 0.9, "{found:?}");
        assert!(to_pixels(found[0].bbox.right) <= 320.0);
    }
}

#[test]
fn dim_blobs_score_low_but_are_told() {
    let mut session = blob().session().expect("a session");
    let found = session.detect(&frame(160, 96, &[(60, 30, 20, 48, [120, 60, 60])])).expect("runs");
    assert_eq!(found.len(), 1);
    assert!((0.1..0.5).contains(&found[0].score.unit()), "{found:?}");
}

#[test]
fn threads_and_repetitions_agree() {
    let model = blob();
    let picture = frame(160, 96, &[(10, 20, 20, 48, RED), (90, 30, 20, 48, BLUE)]);
    let mut session = model.session().expect("a session");
    let first = session.detect(&picture).expect("runs");
    let results: Vec<Vec<Detection>> = std::thread::scope(|scope| {
        let run = || {
            let mut session = model.session().expect("a session");
            (0..5).map(|_| session.detect(&picture).expect("runs")).last().expect("five")
        };
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|t| t.join().expect("no panic")).collect()
    });
    assert_eq!(results, vec![first; 3]);
}

#[test]
fn nan_is_a_fault_and_the_session_goes_on() {
    let (manifest, weights) = fixture("blob-nan");
    let model = DetectorModel::load(&manifest, &weights).expect("loads");
    let mut session = model.session().expect("a session");
    let white = session.detect(&frame(160, 96, &[(0, 0, 20, 48, [255; 3])])).expect_err("a fault");
    assert_eq!(white.to_string(), format!("{}: the network's output holds NaN or infinity", model.label()));
    assert_eq!(session.detect(&frame(160, 96, &[(0, 0, 20, 48, RED)])).expect("runs").len(), 1);
}

fn refused(manifest: &Manifest, weights: &Weights) -> ModelError {
    DetectorModel::load(manifest, weights).err().expect("refused")
}

#[test]
fn a_wrong_dtype_is_refused_before_the_first_frame() {
    let (manifest, weights) = fixture("blob-integers");
    assert_eq!(
        refused(&manifest, &weights).to_string(),
        "blob-integers@1.0.0: wrong input\n  expected 1x3x96x160 f32\n  found    1x3x96x160 i32\n  \
         hint: `input` in the manifest must describe the network"
    );
}

#[test]
fn a_wrong_input_shape_is_refused() {
    let (mut manifest, weights) = fixture("blob");
    manifest.input.width = 320;
    assert_eq!(
        refused(&manifest, &weights).to_string(),
        "blob@1.0.0: wrong input\n  expected 1x3x96x320 f32\n  found    1x3x96x160 f32\n  \
         hint: `input` in the manifest must describe the network"
    );
}

#[test]
fn a_wrong_output_shape_is_refused() {
    let (manifest, weights) = fixture("blob-short");
    assert_eq!(
        refused(&manifest, &weights).to_string(),
        "blob-short@1.0.0: wrong output\n  expected 1x240x6 f32\n  found    1x240x5 f32\n  \
         hint: `head` in the manifest must describe the network"
    );
}

#[test]
fn a_wrong_digest_is_refused() {
    let (mut manifest, weights) = fixture("blob");
    let found = manifest.sha256.clone();
    manifest.sha256 = "0".repeat(64);
    let expected = format!("wrong SHA-256 digest\n  expected {}\n  found    {found}\n  hint: ", "0".repeat(64));
    let said = refused(&manifest, &weights).to_string();
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn missing_and_damaged_weights_are_refused() {
    let (manifest, weights) = fixture("blob");
    let said = refused(&manifest, &Weights::File(weights.path().with_file_name("nothing.onnx"))).to_string();
    assert!(said.contains("nothing.onnx: cannot be read: "), "{said}");
    let said = Manifest::read(&weights.path().with_file_name("nothing.toml")).expect_err("no file").to_string();
    assert!(said.contains("nothing.toml: cannot be read: "), "{said}");

    let folder = tempfile::tempdir().expect("a folder");
    let damaged = Weights::File(folder.path().join("model.onnx"));
    std::fs::write(damaged.path(), b"not a network").expect("written");
    let mut manifest = manifest;
    let ModelError::DigestWrong { found, .. } = refused(&manifest, &damaged) else { panic!("digest first") };
    manifest.sha256 = found;
    let said = refused(&manifest, &damaged).to_string();
    assert!(said.contains("model.onnx: not a network that can be run: "), "{said}");
}

#[test]
fn a_detector_is_no_embedder_and_no_poser() {
    let (manifest, weights) = fixture("blob");
    let said = EmbedderModel::load(&manifest, &weights).err().expect("refused").to_string();
    assert_eq!(said, "blob@1.0.0: is a model of kind `detector`, and one of kind `embedder` is needed");
    let said = PoserModel::load(&manifest, &weights).err().expect("refused").to_string();
    assert_eq!(said, "blob@1.0.0: is a model of kind `detector`, and one of kind `poser` is needed");
}
