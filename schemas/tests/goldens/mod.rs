//! What was promised of every table.

/// Name, version, and every column as `name type` with `?` for nullable.
pub const GOLDEN: [(&str, u32, &str); 23] = [
    (
        "visits",
        1,
        "visit_id Utf8, kind Utf8, member_id Utf8?, outcome Utf8, gate_in Utf8?, gate_out Utf8?, scanned_at us?, entered_at us?, \
         left_at us?, closed_at us, party Int32?, people Int32, people_lost Int32, path_mm Int64, zone_first Utf8?, \
         zone_last Utf8?, track_ids texts",
    ),
    (
        "gate_scans",
        1,
        "gate Utf8, event_time us, received_at us, outcome Utf8, reason Utf8?, code_id Utf8?, member_id Utf8?, role Utf8?, \
         party Int32?, visit_id Utf8?",
    ),
    (
        "dwells",
        1,
        "zone Utf8, track_id Utf8, visit_id Utf8?, member_id Utf8?, person Int32?, entered_at us, left_at us, closed_at us, \
         stay_ms Int64, still_ms Int64, path_mm Int64, manner Utf8",
    ),
    (
        "zone_traffic",
        1,
        "minute us, zone Utf8, entries Int32, exits Int32, people Int32, people_max Int32, occupied_ms Int64",
    ),
    (
        "alerts",
        2,
        "event_time us, raised_at us, kind Utf8, visit_id Utf8?, track_id Utf8?, gate Utf8?, zone Utf8?, sku Utf8?, \
         value_minor Int64?, currency Utf8?",
    ),
    (
        "interactions",
        1,
        "event_time us, interaction_id Utf8, slot Utf8, track_id Utf8?, visit_id Utf8?, member_id Utf8?, sku Utf8?, quantity Int64, \
         unit_price_minor Int64?, currency Utf8?, confidence Float32, second_sku Utf8?, second_track_id Utf8?, second_quantity Int64?, \
         second_confidence Float32?, alternatives texts, billing_confidence Float32",
    ),
    (
        "cart_line_changes",
        1,
        "changed_at us, visit_id Utf8, sku Utf8, unit_price_minor Int64?, currency Utf8?, quantity Int64, diff Int64",
    ),
    (
        "receipts",
        1,
        "receipt_id Utf8, visit_id Utf8, kind Utf8, member_id Utf8?, left_at us, settled_at us, lines Int32, units Int64, \
         units_unpriced Int64, gross_minor Int64, discount_minor Int64, total_minor Int64, currency Utf8",
    ),
    (
        "receipt_lines",
        1,
        "settled_at us, receipt_id Utf8, adjustment Int32, line Int32, visit_id Utf8, sku Utf8, name Utf8, tax_class Utf8?, \
         quantity Int64, unit_price_minor Int64?, gross_minor Int64, discount_minor Int64, total_minor Int64, currency Utf8, \
         promotions texts",
    ),
    (
        "receipt_adjustments",
        1,
        "adjusted_at us, receipt_id Utf8, adjustment Int32, visit_id Utf8, member_id Utf8?, lines Int32, units Int64, \
         change_minor Int64, total_minor Int64, currency Utf8",
    ),
    (
        "charges",
        1,
        "charged_at us, idempotency_key Utf8, receipt_id Utf8, adjustment Int32, member_id Utf8, amount_minor Int64, currency Utf8",
    ),
    (
        "review_queue",
        1,
        "event_time us, reason Utf8, visit_id Utf8?, member_id Utf8?, interaction_id Utf8?, slot Utf8?, units Int64, value_minor Int64?, currency Utf8?, confidence Float32?",
    ),
    (
        "stock",
        1,
        "event_time us, slot Utf8, sku Utf8, interaction_id Utf8, change Int64, units Int64?, capacity Int32?, state Utf8",
    ),
    (
        "profiles",
        2,
        "as_of us, member_id Utf8, receipts Int32, skus Int32, last_at us, basket_skus_milli Int64, gap_days_milli Int64?, \
         repeat_permille Int32, discounted_permille Int32, hour_usual Int32, categories_favourite texts, \
         zones_favourite texts, units_taken Int64, units_put_back Int64, skus_put_back texts",
    ),
    ("suggestions", 2, "as_of us, member_id Utf8, rank Int32, sku Utf8, score Int64, reason Utf8, occasion Utf8"),
    (
        "reminders",
        1,
        "reminded_at us, member_id Utf8, visit_id Utf8, occasion Utf8, rank Int32, category Utf8, chance_ppm Int32, reason Utf8",
    ),
    (
        "offers",
        1,
        "closed_at us, offered_at us, offer_id Utf8, campaign Utf8, member_id Utf8, visit_id Utf8, sku Utf8, discount_minor Int64, \
         currency Utf8, shown Int32, redeemed Int32",
    ),
    (
        "tracks",
        1,
        "track_id Utf8, first_seen us, last_seen us, closed_at us, first_x_mm Int32, first_y_mm Int32, last_x_mm Int32, \
         last_y_mm Int32, path_mm Int64, height_mm Int32, positions Int32, gap_longest_ms Int64, cameras texts, stretches Int32",
    ),
    (
        "positions",
        2,
        "track_id Utf8, event_time us, x_mm Int32, y_mm Int32, spread_mm Int32, quality Float32, cameras texts, visit_id Utf8?, \
         member_id Utf8?",
    ),
    ("memberships", 1, "tracklet_id Utf8, camera Utf8, track_id Utf8, from_time us, until_time us, closed_at us"),
    (
        "tracklets",
        1,
        "tracklet_id Utf8, camera Utf8, first_seen us, last_seen us, closed_at us, frames_seen Int32, frames_spanned Int32, \
         gaps Int32, gap_longest_ms Int64, score_mean Float32, first_left_px Float32, first_top_px Float32, first_right_px Float32, \
         first_bottom_px Float32, last_left_px Float32, last_top_px Float32, last_right_px Float32, last_bottom_px Float32, model Utf8",
    ),
    (
        "detections",
        1,
        "camera Utf8, event_time us, frame Int64, frame_width_px Int32, frame_height_px Int32, left_px Float32, top_px Float32, \
         right_px Float32, bottom_px Float32, score Float32, feet_x_px Float32?, feet_y_px Float32?, wrist_left_x_px Float32?, \
         wrist_left_y_px Float32?, wrist_left_score Float32?, wrist_right_x_px Float32?, wrist_right_y_px Float32?, \
         wrist_right_score Float32?, tracklet_id Utf8?, model Utf8",
    ),
    ("faults", 1, "event_time us, camera Utf8, kind Utf8, count Int64, detail Utf8"),
];

/// The same for what a run reads.
pub const GOLDEN_INPUTS: [(&str, u32, &str); 5] = [
    ("scale_samples", 1, "scale Utf8, event_time us, received_at us, weight_mg Int64?"),
    ("scanned_codes", 1, "gate Utf8, event_time us, received_at us, code Utf8, party Int32?"),
    ("gate_crossings", 1, "gate Utf8, event_time us, received_at us, way Utf8"),
    (
        "verdicts",
        1,
        "decided_at us, decided_by Utf8, decision Utf8, interaction_id Utf8?, visit_id Utf8?, sku Utf8?, quantity Int64?, \
         unit_price_minor Int64?, currency Utf8?",
    ),
    ("erasures", 1, "member_id Utf8, event_time us, received_at us"),
];
