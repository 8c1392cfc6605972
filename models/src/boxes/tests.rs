use super::*;
use proptest::prelude::*;

/// The slow twin: a candidate stays when no stronger one that stays overlaps it too much, by its definition alone.
fn suppress_slowly(candidates: &[Candidate], iou_max: f32, kept_max: usize) -> Vec<Candidate> {
    let mut left = candidates.to_vec();
    let mut kept = Vec::new();
    while !left.is_empty() && kept.len() < kept_max {
        let strongest = left.iter().copied().reduce(|a, b| if b.rank(&a) == Ordering::Less { b } else { a });
        let strongest = strongest.expect("not empty");
        let at = left.iter().position(|c| *c == strongest).expect("one of them");
        left.remove(at);
        left.retain(|c| c.bbox.iou(strongest.bbox) <= iou_max);
        kept.push(strongest);
    }
    kept
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
    fn equals_its_slow_twin(candidates in candidates(), iou_max in 0.0f32..0.99, kept_max in 1usize..12) {
        prop_assert_eq!(suppress(candidates.clone(), iou_max, kept_max), suppress_slowly(&candidates, iou_max, kept_max));
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(candidates in candidates(), turn in 0usize..40) {
        let mut turned = candidates.clone();
        turned.reverse();
        let turn = turn % turned.len().max(1);
        turned.rotate_left(turn);
        prop_assert_eq!(suppress(candidates, 0.4, 100), suppress(turned, 0.4, 100));
    }

    #[test]
    fn what_stays_does_not_overlap_and_what_goes_does(candidates in candidates()) {
        let kept = suppress(candidates.clone(), 0.4, 100);
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
    assert_eq!(suppress(vec![weak, strong], 0.5, 10), [strong]);
}

#[test]
fn just_at_the_limit_both_stay() {
    let (a, b) = (candidate(0.9, 0.0, 10.0), candidate(0.8, 0.0, 5.0)); // IoU exactly 0.5
    assert_eq!(suppress(vec![a, b], 0.5, 10), [a, b]);
    assert_eq!(suppress(vec![a, b], 0.49, 10), [a]);
}

#[test]
fn equal_scores_are_told_apart_by_position() {
    let (a, b) = (candidate(0.5, 0.0, 10.0), candidate(0.5, 1.0, 11.0));
    assert_eq!(suppress(vec![b, a], 0.5, 10), [a]);
}

#[test]
fn boxes_are_cut_at_the_picture() {
    let cut = clip(Box2::from_pixels(-5.0, 10.0, 700.0, 400.0), 640, 360);
    assert_eq!(cut, Some(Box2::from_pixels(0.0, 10.0, 640.0, 360.0)));
    assert_eq!(clip(Box2::from_pixels(650.0, 10.0, 700.0, 20.0), 640, 360), None);
    assert_eq!(clip(Box2::from_pixels(5.0, 5.0, 5.0, 9.0), 640, 360), None);
}
