use super::*;

const GOOD: &str = include_str!("../../tests/fixtures/blob/manifest.toml");

/// What is said about the good manifest with `from` replaced by `to`.
fn said(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "the manifest has no `{from}`");
    Manifest::parse(&GOOD.replacen(from, to, 1), "shop/manifest.toml").expect_err("a mistake").to_string()
}

#[test]
fn a_good_manifest_is_read_as_it_is_written() {
    let manifest = Manifest::parse(GOOD, "blob").expect("valid");
    assert_eq!(manifest.kind, Kind::Detector);
    assert_eq!(manifest.input.shape(), [1, 3, 96, 160]);
    assert_eq!(manifest.input.fit, Fit::Letterbox { pad: 0 });
    assert_eq!(manifest.head, Head::Yolox { strides: vec![8], classes: 1, person: 0 });
    assert_eq!(manifest.output_shape(), [1, 240, 6]);
    assert_eq!(manifest.label(), format!("blob@1.0.0+{}", &manifest.sha256[..8]));
}

#[test]
fn each_mistake_names_file_key_reason_and_hint() {
    assert_eq!(
        said("width = 160", "width = -1"),
        "shop/manifest.toml: 1 mistake in this manifest\n  input.width: cannot be -1\n    hint: a whole number in 8..=4096"
    );
    assert_eq!(
        said("labels =", "lables ="),
        "shop/manifest.toml: 2 mistakes in this manifest\n  labels: is missing\n    hint: a list of names, [] for embeddings\n  \
         lables: is not a key of this table\n    hint: the keys are name, version, kind, file, sha256, licence, source, \
         download, labels, input, head, thresholds"
    );
    assert_eq!(
        said("[thresholds]\n", "[thresholds]\nnms = true\n"),
        "shop/manifest.toml: 1 mistake in this manifest\n  thresholds.nms: is not a key of this table\n    \
         hint: the keys are score_min, iou_max, detections_max, part_inside"
    );
    assert!(said("kind = \"detector\"", "kind =").contains("line 4: "), "{}", said("kind = \"detector\"", "kind ="));
}

#[test]
fn every_key_is_checked() {
    let cases = [
        ("name = \"blob\"", "name = \"Blob 1\"", "name: cannot be \"Blob 1\""),
        ("version = \"1.0.0\"", "version = \"1 0\"", "version: cannot be"),
        (
            "kind = \"detector\"",
            "kind = \"oracle\"",
            "kind: cannot be \"oracle\"\n    hint: one of \"detector\", \"embedder\", \"poser\"",
        ),
        ("kind = \"detector\"", "kind = \"embedder\"", "kind: cannot be \"embedder\" with this head"),
        ("file = \"model.onnx\"", "file = \"../model.onnx\"", "file: cannot be \"../model.onnx\""),
        ("file = \"model.onnx\"", "file = \"/model.onnx\"", "file: cannot be"),
        ("sha256 = \"", "sha256 = \"F", "sha256: cannot be"),
        ("licence = \"Apache", "licence = 3 # \"", "licence: cannot be 3"),
        ("source = \"https", "source = \"ftp", "source: cannot be"),
        ("labels = [\"person\"]", "labels = []", "labels: has 0 names"),
        ("height = 96", "height = 96.5", "input.height: cannot be 96.5"),
        ("layout = \"nchw\"", "layout = \"chw\"", "input.layout: cannot be \"chw\""),
        ("channels = \"rgb\"", "channels = \"grey\"", "input.channels: cannot be"),
        ("dtype = \"f32\"", "dtype = \"f16\"", "input.dtype: cannot be"),
        ("mean = [0, 0, 0]", "mean = [0, 0]", "input.mean: cannot be [0, 0]"),
        ("scale = [1, 1, 1]", "scale = [1, 1, 0]", "input.scale: cannot be"),
        ("scale = [1, 1, 1]", "scale = [1, nan, 1]", "input.scale: cannot be"),
        ("fit = \"letterbox\"", "fit = \"crop\"", "input.fit: cannot be"),
        ("fit = \"letterbox\"", "fit = \"stretch\"", "input.pad: is not a key"),
        ("pad = 0", "pad = 256", "input.pad: cannot be 256"),
        ("form = \"yolox\"", "form = \"detr\"", "head.form: cannot be"),
        ("strides = [8]", "strides = []", "head.strides: cannot be []"),
        ("strides = [8]", "strides = [64]", "head.strides: 64 does not divide 160 x 96"),
        ("person = 0", "person = 1", "head.person: cannot be 1\n    hint: a class in 0..1"),
        ("score_min = 0.1", "score_min = 0", "thresholds.score_min: cannot be 0"),
        ("iou_max = 0.5", "iou_max = 1.5", "thresholds.iou_max: cannot be 1.5"),
        ("detections_max = 100", "detections_max = 0", "thresholds.detections_max: cannot be 0"),
        ("detections_max = 100", "detections_max = 100\njoint_min = 0.3", "thresholds.joint_min: is not a key"),
        ("detections_max = 100", "detections_max = 100\npart_inside = 0.8", "thresholds.part_score: is missing"),
        ("detections_max = 100", "detections_max = 100\npart_score = 0.8", "thresholds.part_score: is not a key"),
        ("labels = ", "download = \"http://plain\"\nlabels = ", "download: cannot be"),
        ("layout = \"nchw\"", "layout = \"patches\"", "input.patch: is missing"),
        ("layout = \"nchw\"", "layout = \"patches\"\npatch = 64", "input.patch: 64 does not divide 160 x 96"),
        ("layout = \"nchw\"", "layout = \"nchw\"\npatch = 4", "input.patch: is not a key"),
    ];
    for (from, to, expected) in cases {
        let said = said(from, to);
        assert!(said.contains(expected), "{to}: expected `{expected}` in\n{said}");
    }
}

#[test]
fn our_own_form_is_read() {
    let own = crate::Zoo::manifest(crate::Zoo::DEFAULT).expect("valid");
    assert_eq!(own.head, Head::People { stride: 8, appearance: 0 });
    assert_eq!(own.input.layout, Layout::Patches(4));
    assert_eq!(own.input.shape(), [1, 48, 84, 112]);
    assert_eq!(own.output_shape(), [1, 42 * 56, 23]);
    let text = include_str!("../../zoo/shopper-448x336/manifest.toml");
    let said =
        |from: &str, to: &str| Manifest::parse(&text.replacen(from, to, 1), "x").expect_err("a mistake").to_string();
    assert!(said("stride = 8", "stride = 9").contains("head.stride: 9 does not divide 448 x 336"));
    assert!(said("appearance = 0\n", "").contains("head.appearance: is missing"));
    assert!(said("joint_min = 0.3\n", "").contains("thresholds.joint_min: is missing"));
    assert!(said(", \"feet\"]", "]").contains("labels: has 3 names"));
}

#[test]
fn a_missing_table_is_one_mistake_and_all_mistakes_are_told_at_once() {
    let (before, _) = GOOD.split_once("[input]").expect("has one");
    let text = before.replace("1.0.0", "").replace("licence", "license");
    let Err(ModelError::Manifest { problems, .. }) = Manifest::parse(&text, "x") else { panic!("mistakes expected") };
    let keys: Vec<&str> = problems.iter().map(|p| p.key.as_str()).collect();
    assert_eq!(keys, ["version", "licence", "input", "head", "license"]);
}

#[test]
fn pictures_are_scaled_as_yolox_does() {
    let form = Manifest::parse(&GOOD.replace("160", "640").replace("96", "480"), "x").expect("valid").input;
    assert_eq!(form.scaled_size(640, 360), (640, 360));
    assert_eq!(form.scaled_size(768, 576), (640, 480));
    assert_eq!(form.scaled_size(1920, 1080), (640, 360));
    assert_eq!(form.scaled_size(320, 240), (640, 480));
    assert_eq!(form.scaled_size(10_000, 1), (640, 1));
    let stretched = InputForm { fit: Fit::Stretch, ..form };
    assert_eq!(stretched.scaled_size(1920, 1080), (640, 480));
}

#[test]
fn the_whole_zoo_is_valid() {
    for name in crate::Zoo::names() {
        let manifest = crate::Zoo::manifest(name).expect("a valid manifest");
        assert_eq!(manifest.name, name);
    }
    let unknown = crate::Zoo::manifest("yolo").expect_err("unknown").to_string();
    assert!(unknown.starts_with("no model is called `yolo`; there are light-person-192, "), "{unknown}");
}
