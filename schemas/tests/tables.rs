//! Golden schemas: a column may be added at the end of a table with a new version, never changed, moved or removed.

mod goldens;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use goldens::{GOLDEN, GOLDEN_INPUTS};
use schemas::table::{Names, Table, TableRow};
use schemas::*;

#[test]
fn schemas_are_those_that_were_promised() {
    assert_eq!((Table::ALL.len(), Table::INPUTS.len()), (GOLDEN.len(), GOLDEN_INPUTS.len()));
    let mut names = std::collections::BTreeSet::new();
    let tables = Table::ALL.iter().chain(&Table::INPUTS);
    for (table, (name, version, columns)) in tables.zip(GOLDEN.into_iter().chain(GOLDEN_INPUTS)) {
        assert!(names.insert(name), "two tables called {name}");
        let shown: Vec<String> = (table.schema().fields().iter())
            .map(|field| {
                let kind = field.data_type().to_string().replace("Timestamp(µs, \"UTC\")", "us");
                let kind = kind.replace("List(non-null Utf8)", "texts");
                format!("{} {kind}{}", field.name(), if field.is_nullable() { "?" } else { "" })
            })
            .collect();
        assert_eq!((table.name, table.version, shown.join(", ").as_str()), (name, version, columns));
        for column in table.sorted_by.iter().chain([&table.range_column]) {
            assert!(table.columns.iter().any(|c| c.name == *column), "{name} has no {column}");
        }
    }
}

fn names() -> Names {
    let mut names = Names::default();
    names.cameras.insert(CameraId(9), "aisle".into());
    names.cameras.insert(CameraId(1), "door".into());
    names.models.insert(ModelId(5), "blob@1+00000000".into());
    names.scales.insert(ScaleId(7), "plate-1".into());
    names.scales.insert(ScaleId(2), "plate-2".into());
    names.gates.insert(GateId(3), "door".into());
    names.zones.insert(ZoneId(4), "aisle-1".into());
    names.zones.insert(ZoneId(2), "till".into());
    names
}

fn meta(camera: u64, us: i64) -> FrameMeta {
    FrameMeta { camera: CameraId(camera), event_time: EventTime(us), sequence: 7, width: 640, height: 360 }
}

fn column(batch: &RecordBatch, name: &str) -> String {
    let values = batch.column_by_name(name).expect(name);
    let shown = |i: usize| if values.is_null(i) { "null".to_string() } else { format!("{:?}", values.slice(i, 1)) };
    (0..values.len())
        .map(|i| {
            shown(i).lines().filter(|l| l.starts_with("  ")).collect::<String>()
                + if values.is_null(i) { "null" } else { "" }
        })
        .collect()
}

#[test]
fn sightings_become_columns_sorted_by_time_and_camera_name() {
    let mut detection = Detection::new(Box2::from_pixels(1.5, 2.0, 11.25, 30.0), Score::from_unit(0.875));
    let plain = Sighting { meta: meta(1, 20), model: ModelId(5), detection: detection.clone(), tracklet: None };
    detection.feet = Some(Point::from_pixels(6.0, 29.5));
    detection.wrists[1] = Some(Wrist { at: Point::from_pixels(3.0, 4.0), score: Score::from_unit(0.5) });
    let full = Sighting { meta: meta(9, 20), model: ModelId(5), detection, tracklet: Some(TrackletId(0xabc)) };
    let mut rows = vec![plain, full];
    Sighting::sort(&mut rows, &names());
    let batch = Sighting::batch(&rows, &names()).expect("columns fit the schema");
    assert_eq!(batch.num_rows(), 2);
    assert_eq!(column(&batch, "camera"), "  \"aisle\",  \"door\",", "`aisle` before `door`, whatever their ids");
    assert_eq!(column(&batch, "left_px"), "  1.5,  1.5,");
    assert_eq!(column(&batch, "score"), "  0.875,  0.875,");
    assert!(
        column(&batch, "tracklet_id").contains("0000000000000abc") && column(&batch, "tracklet_id").ends_with("null")
    );
    assert!(column(&batch, "wrist_right_x_px").starts_with("  3.0"));
    assert!(column(&batch, "wrist_left_x_px").ends_with("nullnull") || column(&batch, "wrist_left_x_px") == "nullnull");
}

#[test]
fn tracklets_and_faults_become_columns() {
    let b = Box2::from_pixels(0., 0., 10., 20.);
    let tracklet = Tracklet {
        id: TrackletId(1),
        camera: CameraId(9),
        model: ModelId(404),
        first_seen: EventTime(1_000_000),
        last_seen: EventTime(3_000_000),
        closed_at: EventTime(5_000_000),
        frames_seen: 19,
        frames_spanned: 21,
        gaps: 1,
        gap_longest_us: 299_999,
        score_mean: Score::from_unit(0.25),
        first_box: b,
        last_box: b,
    };
    let batch = Tracklet::batch(std::slice::from_ref(&tracklet), &names()).expect("columns fit the schema");
    assert_eq!(column(&batch, "gap_longest_ms"), "  299,");
    assert_eq!(column(&batch, "model"), format!("  \"{}\",", ModelId(404)), "an unknown model shows its id");
    assert_eq!(tracklet.range_time(), EventTime(5_000_000));

    let fault =
        |us, kind| Fault { event_time: EventTime(us), camera: CameraId(1), kind, count: 3, detail: "why".into() };
    let mut faults =
        vec![fault(2, FaultKind::PtsJumped), fault(1, FaultKind::SizeChanged), fault(2, FaultKind::DecodeFailed)];
    Fault::sort(&mut faults, &names());
    let batch = Fault::batch(&faults, &names()).expect("columns fit the schema");
    assert_eq!(column(&batch, "kind"), "  \"size_changed\",  \"decode_failed\",  \"pts_jumped\",");
}

#[test]
fn the_floor_becomes_columns() {
    let place = |x_mm, y_mm| FloorPoint { x_mm, y_mm };
    let position = |track, us, cameras: &[u64]| Position {
        track: TrackId(track),
        event_time: EventTime(us),
        at: place(-70, 8_000),
        spread_mm: 250,
        cameras: cameras.iter().map(|&camera| CameraId(camera)).collect(),
        attendee: (track == 1).then_some(Attendee {
            visit: VisitId(0xabc),
            person: 0,
            kind: VisitKind::Member,
            member: None,
        }),
    };
    let mut rows = vec![position(3, 20, &[]), position(2, 20, &[1, 9]), position(9, 10, &[1])];
    Position::sort(&mut rows, &names());
    let batch = Position::batch(&rows, &names()).expect("columns fit the schema");
    let tracks = column(&batch, "track_id");
    assert_eq!(tracks, "  \"0000000000000009\",  \"0000000000000002\",  \"0000000000000003\",");
    assert!(column(&batch, "quality").starts_with("  0.39346933"), "{}", column(&batch, "quality"));
    let cameras = batch["cameras"].as_list::<i32>();
    let shown: Vec<Vec<String>> =
        (0..3).map(|i| cameras.value(i).as_string::<i32>().iter().flatten().map(str::to_string).collect()).collect();
    assert_eq!(shown, [vec!["door"], vec!["aisle", "door"], vec![]], "by name, whatever their ids");

    let track = Track {
        id: TrackId(7),
        first_seen: EventTime(1_000_000),
        last_seen: EventTime(3_000_000),
        closed_at: EventTime(5_000_000),
        first: place(1, 2),
        last: place(3, -4),
        path_mm: 5_000_000_000,
        height_mm: 1_700,
        positions: 20,
        gap_longest_us: 299_999,
        cameras: vec![CameraId(9)],
        stretches: 2,
    };
    let batch = Track::batch(std::slice::from_ref(&track), &names()).expect("columns fit the schema");
    assert_eq!(track.range_time(), EventTime(5_000_000));
    assert_eq!((column(&batch, "last_y_mm"), column(&batch, "path_mm")), ("  -4,".into(), "  5000000000,".into()));
    assert_eq!(column(&batch, "gap_longest_ms"), "  299,");

    let membership = |camera, from| Membership {
        tracklet: TrackletId(1),
        camera: CameraId(camera),
        track: TrackId(2),
        from: EventTime(from),
        until: EventTime(30),
        closed_at: EventTime(40),
    };
    let mut rows = vec![membership(1, 10), membership(9, 20), membership(9, 10)];
    Membership::sort(&mut rows, &names());
    assert_eq!(rows, [membership(9, 10), membership(9, 20), membership(1, 10)]);
    let batch = Membership::batch(&rows, &names()).expect("columns fit the schema");
    assert_eq!(column(&batch, "camera"), "  \"aisle\",  \"aisle\",  \"door\",");
}

#[test]
fn visits_become_columns() {
    let attendee = Attendee { visit: VisitId(5), person: 1, kind: VisitKind::Member, member: Some(MemberId(6)) };
    let visit = Visit {
        id: VisitId(5),
        kind: VisitKind::Member,
        member: Some(MemberId(6)),
        gate_in: Some(GateId(3)),
        gate_out: None,
        scanned_at: Some(EventTime(1_000)),
        entered_at: Some(EventTime(2_000)),
        left_at: None,
        closed_at: EventTime(9_000),
        end: VisitEnd::Lost,
        party: Some(2),
        people: 2,
        lost: 1,
        path_mm: 12_345,
        zone_first: Some(ZoneId(4)),
        zone_last: Some(ZoneId(8)),
        tracks: vec![TrackId(1), TrackId(2)],
    };
    let batch = Visit::batch(std::slice::from_ref(&visit), &names()).expect("columns fit the schema");
    assert_eq!((visit.range_time(), batch.num_columns()), (EventTime(9_000), 17));
    assert_eq!(column(&batch, "outcome"), "  \"lost\",");
    assert_eq!((column(&batch, "gate_in"), column(&batch, "gate_out")), ("  \"door\",".into(), "null".into()));
    assert_eq!(column(&batch, "zone_first"), "  \"aisle-1\",");
    assert_eq!(column(&batch, "zone_last"), "  \"0000000000000008\",", "without a name its id");

    let claim = Claim { code: CodeId(1), member: MemberId(6), role: Role::Staff, party: 3, void_at: EventTime(99) };
    let scan =
        |us, claim| CheckedScan { gate: GateId(3), event_time: EventTime(us), received_at: EventTime(us + 5), claim };
    let admitted = ScanOutcome { scan: scan(20, Ok(claim)), outcome: Ok(VisitId(5)) };
    let refused = ScanOutcome { scan: scan(10, Err(Refusal::Expired)), outcome: Err(Refusal::Expired) };
    let mut rows = vec![admitted, refused];
    ScanOutcome::sort(&mut rows, &names());
    assert_eq!(rows, [refused, admitted]);
    let batch = ScanOutcome::batch(&rows, &names()).expect("columns fit the schema");
    assert_eq!(column(&batch, "outcome"), "  \"refused\",  \"admitted\",");
    assert_eq!(column(&batch, "reason"), "  \"expired\",null");
    assert_eq!((column(&batch, "role"), column(&batch, "party")), ("null  \"staff\",".into(), "null  3,".into()));

    let dwell = |zone, us| Dwell {
        zone: ZoneId(zone),
        track: TrackId(1),
        attendee: Some(attendee),
        entered_at: EventTime(us),
        left_at: EventTime(us + 2_500_000),
        closed_at: EventTime(9_000_000),
        still_us: 1_900_000,
        path_mm: 300,
        manner: Manner::Passed,
    };
    let mut rows = vec![dwell(2, 5), dwell(4, 7), dwell(4, 3)];
    Dwell::sort(&mut rows, &names());
    assert_eq!(rows, [dwell(4, 3), dwell(4, 7), dwell(2, 5)], "by names of zones");
    let batch = Dwell::batch(&rows, &names()).expect("columns fit the schema");
    assert_eq!(
        (column(&batch, "stay_ms"), column(&batch, "person")),
        ("  2500,  2500,  2500,".into(), "  1,  1,  1,".into())
    );

    let minute = ZoneMinute {
        minute: EventTime(60_000_000),
        zone: ZoneId(2),
        entries: 1,
        exits: 2,
        people: 3,
        people_max: 2,
        time_us: 71_300_999,
    };
    let batch = ZoneMinute::batch(std::slice::from_ref(&minute), &names()).expect("columns fit the schema");
    assert_eq!((column(&batch, "zone"), column(&batch, "occupied_ms")), ("  \"till\",".into(), "  71300,".into()));

    let alert = Alert {
        event_time: EventTime(1),
        raised_at: EventTime(2),
        kind: AlertKind::Tailgater,
        visit: None,
        track: Some(TrackId(255)),
        gate: Some(GateId(3)),
        zone: None,
        sku: Sku::new("tofu"),
        value: None,
    };
    let batch = Alert::batch(std::slice::from_ref(&alert), &names()).expect("columns fit the schema");
    assert_eq!(
        (column(&batch, "kind"), column(&batch, "track_id")),
        ("  \"tailgater\",".into(), "  \"00000000000000ff\",".into())
    );
}

#[test]
fn sensors_become_columns_in_order_of_arrival() {
    let sample = |scale, us, received, weight_mg| ScaleSample {
        scale: ScaleId(scale),
        event_time: EventTime(us),
        received_at: EventTime(received),
        weight_mg,
    };
    let mut rows = vec![sample(2, 10, 30, Some(-7)), sample(7, 12, 30, None), sample(2, 20, 25, Some(5_000_000_000))];
    ScaleSample::sort(&mut rows, &names());
    let batch = ScaleSample::batch(&rows, &names()).expect("columns fit the schema");
    assert_eq!(column(&batch, "scale"), "  \"plate-2\",  \"plate-1\",  \"plate-2\",", "by arrival, then by name");
    assert_eq!(column(&batch, "weight_mg"), "  5000000000,null  -7,");
    let scan = |us, code: &str, party| GateScan {
        gate: GateId(3),
        event_time: EventTime(us),
        received_at: EventTime(9),
        code: code.into(),
        party,
    };
    let mut rows = vec![scan(8, "v4.public.b", None), scan(7, "v4.public.a", Some(2))];
    GateScan::sort(&mut rows, &names());
    let batch = GateScan::batch(&rows, &names()).expect("columns fit the schema");
    assert_eq!(column(&batch, "code"), "  \"v4.public.a\",  \"v4.public.b\",");
    assert_eq!((column(&batch, "party"), column(&batch, "gate")), ("  2,null".into(), "  \"door\",  \"door\",".into()));
    let crossing =
        |us, way| GateCrossing { gate: GateId(1), event_time: EventTime(us), received_at: EventTime(us), way };
    let rows = [crossing(1, Way::In), crossing(2, Way::Out)];
    let batch = GateCrossing::batch(&rows, &names()).expect("columns fit the schema");
    assert!(column(&batch, "gate").contains("0000000000000001"), "a gate without a name shows its id");
    assert_eq!((column(&batch, "way"), rows[1].range_time()), ("  \"in\",  \"out\",".into(), EventTime(2)));
}

#[test]
fn what_is_said_of_members_becomes_columns() {
    let mut names = names();
    names.skus.insert(SkuCode(1), "milk-1l".into());
    names.categories.insert(CategoryCode(2), "milk".into());
    let suggestion = |rank, sku, reason| Suggestion {
        member: MemberId(255),
        as_of: EventTime(5),
        rank,
        sku: SkuCode(sku),
        score: -7,
        reason,
    };
    let said = |row, occasion| Suggested { row, occasion };
    let mut rows = vec![
        said(suggestion(2, 9, Reason::Popular), Occasion::Entry),
        said(suggestion(1, 1, Reason::Every { days: 6 }), Occasion::Receipt),
    ];
    Suggested::sort(&mut rows, &names);
    let batch = Suggested::batch(&rows, &names).expect("columns fit the schema");
    assert_eq!(column(&batch, "occasion"), "  \"receipt\",  \"entry\",");
    assert_eq!(column(&batch, "sku"), "  \"milk-1l\",  \"0000000000000009\",", "a sku without a name shows its number");
    assert_eq!(column(&batch, "reason"), "  \"every 6 days\",  \"popular in this shop\",");
    let due = |category, every_days, days_ago| Due {
        member: MemberId(255),
        as_of: EventTime(5),
        category: CategoryCode(category),
        chance_ppm: 734_000,
        every_days,
        days_ago,
    };
    let reminder =
        |rank, due| Reminder { reminded_at: EventTime(9), visit: VisitId(3), occasion: Occasion::Exit, rank, due };
    let mut rows = vec![reminder(2, due(7, 1, 1)), reminder(1, due(2, 6, 7))];
    Reminder::sort(&mut rows, &names);
    let batch = Reminder::batch(&rows, &names).expect("columns fit the schema");
    assert_eq!(column(&batch, "category"), "  \"milk\",  \"0000000000000007\",");
    assert_eq!(column(&batch, "reason"), "  \"every 6 days, last 7 days ago\",  \"every day, last yesterday\",");
    let erasure = Erasure { received_at: EventTime(2), event_time: EventTime(1), member: MemberId(255) };
    let batch = Erasure::batch(&[erasure], &names).expect("columns fit the schema");
    assert_eq!(column(&batch, "member_id"), "  \"00000000000000ff\",");
    assert_eq!(table::personal::member("00000000000000fF"), Some(MemberId(255)));
    assert_eq!(["", "0ff", "+0000000000000ff", "00000000000000fg"].map(table::personal::member), [None; 4]);
    let profile = Profile {
        member: MemberId(1),
        as_of: EventTime(5),
        receipts: 3,
        skus: 2,
        last_at: EventTime(4),
        basket_milli: 1500,
        gap_milli: None,
        repeat_permille: 0,
        discounted_permille: 1000,
        hour: 17,
        favourites: vec![CategoryCode(2)],
        zones: vec![ZoneId(2), ZoneId(4)],
        taken: 5,
        put_back: 1,
        reconsidered: vec![SkuCode(9)],
    };
    let batch = Profile::batch(&[profile], &names).expect("columns fit the schema");
    assert!(column(&batch, "categories_favourite").contains("milk"));
    assert!(column(&batch, "zones_favourite").contains("aisle-1") && column(&batch, "skus_put_back").contains("9"));
    assert_eq!((column(&batch, "units_taken"), column(&batch, "units_put_back")), ("  5,".into(), "  1,".into()));
    assert_eq!((column(&batch, "gap_days_milli"), column(&batch, "hour_usual")), ("null".into(), "  17,".into()));
    let offer = Offer {
        closed_at: EventTime(9),
        offered_at: EventTime(5),
        id: OfferId::of("oats", VisitId(3)),
        campaign: "oats".into(),
        member: MemberId(1),
        visit: VisitId(3),
        sku: Sku::new("oats").expect("not empty"),
        discount: Money { minor: 30, currency: Currency::NONE },
        shown: false,
        redeemed: true,
    };
    assert_eq!(offer.range_time(), EventTime(9));
    let batch = Offer::batch(&[offer], &names).expect("columns fit the schema");
    assert_eq!((column(&batch, "shown"), column(&batch, "redeemed")), ("  0,".into(), "  1,".into()));
}
