use super::*;
use proptest::prelude::*;

/// The slow twin: a candidate stays when no stronger one that stays overlaps it too much, by its definition alone.
fn suppress_slowly(candidates: &[Candidate], limits: &Thresholds) -> Vec<Candidate> {
    let mut left = candidates.to_vec();
    let mut kept = Vec::new();
    while !left.is_empty() && kept.len() < limits.detections_max as usize {
        let strongest = left.iter().copied().reduce(|a, b| if b.rank(&a) == Ordering::Less { b } else { a });
        let strongest = strongest.expect("not empty");
        let at = left.iter().position(|c| *c == strongest).expect("one of them");
        left.remove(at);
        left.retain(|c| {
            let inside = c.bbox.overlap(strongest.bbox) as f32 > limits.part_inside * c.bbox.area() as f32;
            let part = inside && c.score < limits.part_score * strongest.score;
            c.bbox.iou(strongest.bbox) <= limits.iou_max && !part
        });
        kept.push(strongest);
    }
    kept
}

fn limits(iou_max: f32, detections_max: u32) -> Thresholds {
    Thresholds { score_min: 0.1, iou_max, part_inside: 1.0, part_score: 0.0, detections_max, joint_min: 1.0 }
}

/// Few places, sizes and scores, so that overlaps and ties are common.
fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (0i32..6, 0i32..4, 1i32..4, 1i32..5, 1u8..6).prop_map(|(x, y, w, h, score)| {
        let bbox = Box2 { left: 40 * x, top: 40 * y, right: 40 * (x + w), bottom: 40 * (y + h) };
        Candidate { score: f32::from(score) / 5.0, bbox }
    });
    proptest::collection::vec(one, 0..40)
}

proptest! {
    #[test]
    fn equals_its_slow_twin(
        candidates in candidates(),
        (iou_max, part_inside, part_score) in (0.0f32..0.99, 0.3f32..1.0, 0.0f32..1.0),
        kept_max in 1u32..12,
    ) {
        let limits = Thresholds { part_inside, part_score, ..limits(iou_max, kept_max) };
        prop_assert_eq!(suppress(candidates.clone(), &limits), suppress_slowly(&candidates, &limits));
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(candidates in candidates(), turn in 0usize..40) {
        let mut turned = candidates.clone();
        turned.reverse();
        let turn = turn % turned.len().max(1);
        turned.rotate_left(turn);
        let limits = Thresholds { part_inside: 0.8, part_score: 0.8, ..limits(0.4, 100) };
        prop_assert_eq!(suppress(candidates, &limits), suppress(turned, &limits));
    }

    #[test]
    fn what_stays_does_not_overlap_and_what_goes_does(candidates in candidates()) {
        let kept = suppress(candidates.clone(), &limits(0.4, 100));
        for (i, a) in kept.iter().enumerate() {
            prop_assert!(kept[..i].iter().all(|b| b.bbox.iou(a.bbox) <= 0.4 && b.score >= a.score));
        }
        for gone in candidates.iter().filter(|c| !kept.contains(c)) {
            prop_assert!(kept.iter().any(|k| k.bbox.iou(gone.bbox) > 0.4 && k.score >= gone.score));
        }
    }
}

fn candidate(score: f32, x0: f32, x1: f32) -> Candidate {
    Candidate { score, bbox: Box2::from_pixels(x0, 0.0, x1, 10.0) }
}

#[test]
fn the_strongest_wins_whatever_comes_first() {
    let (weak, strong) = (candidate(0.3, 0.0, 10.0), candidate(0.9, 1.0, 11.0));
    assert_eq!(suppress(vec![weak, strong], &limits(0.5, 10)), [strong]);
}

#[test]
fn just_at_the_limit_both_stay() {
    let (a, b) = (candidate(0.9, 0.0, 10.0), candidate(0.8, 0.0, 5.0)); // IoU exactly 0.5
    assert_eq!(suppress(vec![a, b], &limits(0.5, 10)), [a, b]);
    assert_eq!(suppress(vec![a, b], &limits(0.49, 10)), [a]);
}

#[test]
fn a_weak_box_in_a_strong_one_is_a_part_of_it_and_a_sure_one_is_somebody() {
    let limits = Thresholds { part_inside: 0.8, part_score: 0.8, ..limits(0.5, 10) };
    let whole = candidate(0.9, 0.0, 10.0);
    let (part, child) = (candidate(0.6, 0.0, 3.0), candidate(0.8, 0.0, 3.0)); // 0.9 x 0.8 = 0.72
    assert_eq!(suppress(vec![part, whole], &limits), [whole]);
    assert_eq!(suppress(vec![child, whole], &limits), [whole, child]);
    let beside = candidate(0.6, 8.0, 12.0); // half of it inside
    assert_eq!(suppress(vec![beside, whole], &limits), [whole, beside]);
}

#[test]
fn equal_scores_are_told_apart_by_position() {
    let (a, b) = (candidate(0.5, 0.0, 10.0), candidate(0.5, 1.0, 11.0));
    assert_eq!(suppress(vec![b, a], &limits(0.5, 10)), [a]);
}

#[test]
fn boxes_are_cut_at_the_picture() {
    let cut = clip(Box2::from_pixels(-5.0, 10.0, 700.0, 400.0), 640, 360);
    assert_eq!(cut, Some(Box2::from_pixels(0.0, 10.0, 640.0, 360.0)));
    assert_eq!(clip(Box2::from_pixels(650.0, 10.0, 700.0, 20.0), 640, 360), None);
    assert_eq!(clip(Box2::from_pixels(5.0, 5.0, 5.0, 9.0), 640, 360), None);
}
