//! Ingest of video against clips made on the spot: every codec and container, clocks that misbehave, segments, damage.
//! Tests print why and pass where the `ffmpeg` command line tool is absent.

#[path = "ingest/clips.rs"]
mod clips;

use clips::{Clips, SOURCE, START, read, read_with, regular_ms, spec};
use pipeline::ingest::{Ingested, VideoReader, VideoSpec, VideoStream};
use schemas::FaultKind::{DecodeFailed, PtsJumped, PtsMissing, SizeChanged, StreamTruncated};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const H264: &str = "-c:v libx264 -preset ultrafast";
const H264_B: &str = "-c:v libx264 -preset veryfast -bf 2";
const H265: &str = "-c:v libx265 -preset ultrafast -x265-params log-level=none";
const MPEG4: &str = "-c:v mpeg4 -q:v 4";
const MJPEG: &str = "-c:v mjpeg -q:v 4";

#[test]
fn every_codec_in_every_container_gives_its_frames_at_their_times() {
    let Some(clips) = Clips::new() else { return };
    for (codec, containers) in [
        (H264, &["mp4", "mkv", "avi", "ts"][..]),
        (H264_B, &["mp4", "mkv", "ts"]),
        (H265, &["mp4", "mkv", "ts"]),
        (MPEG4, &["mp4", "mkv", "avi", "ts"]),
        (MJPEG, &["mkv", "avi", "mov"]),
    ] {
        for container in containers {
            let path = clips.make(&format!("clip.{container}"), &format!("{SOURCE} {codec} -pix_fmt yuv420p"));
            let outcome = read(&path);
            assert_eq!(outcome.times_ms, regular_ms(20), "{codec} {container}");
            assert_eq!(outcome.sizes, vec![(160, 120); 20]);
            assert_eq!(outcome.faults, [], "{codec} {container}");
        }
    }
}

#[test]
fn red_is_red_and_left_is_left() {
    let Some(clips) = Clips::new() else { return };
    let halves =
        "-f lavfi -i color=red:s=80x120:r=10:d=0.5 -f lavfi -i color=blue:s=80x120:r=10:d=0.5 -filter_complex hstack";
    for (codec, container) in [(H264, "mp4"), (MJPEG, "avi")] {
        let path = clips.make(&format!("halves.{container}"), &format!("{halves} {codec} -pix_fmt yuvj420p"));
        // 60 pixels make a row that FFmpeg pads: the copying path; 160 one that it does not.
        for width in [60, 160] {
            let mut reader =
                VideoReader::open(VideoSpec { scaled: Arc::new(move |_, _| (width, 30)), full: true, ..spec(&path) })
                    .expect("opens");
            let Some(Ingested::Frame(frame)) = reader.next() else { panic!("a frame") };
            for picture in [&frame.scaled, frame.full.as_ref().expect("asked for")] {
                let row = &picture.rgb()[3 * picture.width() as usize * 10..][..3 * picture.width() as usize];
                let (left, right) = (&row[..3], &row[row.len() - 3..]);
                assert!(left[0] > 230 && left[1] < 25 && left[2] < 25, "{codec} {width}: {left:?}");
                assert!(right[0] < 25 && right[1] < 25 && right[2] > 230, "{codec} {width}: {right:?}");
            }
            assert_eq!(frame.full.map(|p| (p.width(), p.height())), Some((160, 120)));
        }
    }
}

#[test]
fn the_same_file_gives_the_same_frames_with_any_number_of_threads() {
    let Some(clips) = Clips::new() else { return };
    let path = clips.make("threads.mp4", &format!("{SOURCE} {H264_B}"));
    let once = read(&path);
    assert_eq!(once.times_ms.len(), 20);
    assert_eq!(read(&path), once);
    assert_eq!(read_with(VideoSpec { threads: 3, ..spec(&path) }).expect("opens"), once);
}

#[test]
fn every_third_frame_is_the_same_as_among_all() {
    let Some(clips) = Clips::new() else { return };
    let path = clips.make("third.mp4", &format!("{SOURCE} {H264_B}"));
    for first in [0, 1, 5] {
        let outcome = read_with(VideoSpec { every: (3, first), ..spec(&path) }).expect("opens");
        let expected: Vec<i64> = regular_ms(20).into_iter().skip(first as usize % 3).step_by(3).collect();
        assert_eq!(outcome.times_ms, expected, "from {first}");
        assert_eq!(outcome.faults, []);
    }
}

#[test]
fn a_variable_frame_rate_is_kept() {
    let Some(clips) = Clips::new() else { return };
    let path = clips.make("vfr.mkv", &format!("{SOURCE} -vf select=lt(n\\,4)+not(mod(n\\,5)) -vsync vfr {H264}"));
    assert_eq!(read(&path).times_ms, [0, 100, 200, 300, 500, 1000, 1500]);
    assert_eq!(read(&path).faults, []);
}

#[test]
fn frames_without_pts_come_at_the_regular_rate() {
    let Some(clips) = Clips::new() else { return };
    let path = clips.make("raw.h264", &format!("{SOURCE} {H264}"));
    let outcome = read(&path);
    assert_eq!(outcome.times_ms, regular_ms(20));
    assert_eq!((outcome.kinds(), outcome.count(PtsMissing)), (vec![PtsMissing], 20), "one row for all of them");
    // AVI has times of decoding only; the last two pictures that B-frames delay are left with none.
    let outcome = read(&clips.make("reordered.avi", &format!("{SOURCE} {H264_B}")));
    assert_eq!((outcome.times_ms, outcome.faults.len()), (regular_ms(20), 1));
    assert_eq!((outcome.faults[0].kind, outcome.faults[0].count), (PtsMissing, 2));
}

#[test]
fn a_clock_that_jumps_40_s_is_faulted_and_bridged() {
    let Some(clips) = Clips::new() else { return };
    clips.make("plain.mkv", &format!("{SOURCE} {MPEG4}"));
    let path = clips.make("ahead.mkv", "-i plain.mkv -c copy -bsf:v setts=ts=if(gte(N\\,8)\\,TS+40/TB\\,TS)");
    let outcome = read(&path);
    assert_eq!(outcome.times_ms, regular_ms(20));
    assert_eq!(outcome.kinds(), [PtsJumped]);
    let path = clips.make("once.mkv", "-i plain.mkv -c copy -bsf:v setts=pts=if(eq(N\\,8)\\,PTS+40/TB\\,PTS)");
    let outcome = read(&path);
    assert_eq!(outcome.times_ms, regular_ms(20));
    assert_eq!(outcome.kinds(), [PtsJumped]);
}

#[test]
fn segments_play_as_one_stream() {
    let Some(clips) = Clips::new() else { return };
    for (folder, reset) in [("kept", 0), ("reset", 1)] {
        std::fs::create_dir(clips.path(folder)).expect("new");
        let split = format!("-g 5 -f segment -segment_time 0.5 -reset_timestamps {reset}");
        clips.make(&format!("{folder}/part-%03d.mp4"), &format!("{SOURCE} {H264} {split}"));
        std::fs::write(clips.path(folder).join("index.m3u8"), "#EXTM3U").expect("writable");
        let outcome = read(&clips.path(folder));
        assert_eq!(outcome.times_ms, regular_ms(20), "{folder}");
        assert_eq!(outcome.faults, []);
        let expected = VideoStream::open(spec(&clips.path(folder))).expect("opens").frames_expected().expect("known");
        assert!((15..=30).contains(&expected), "{expected} of 20");
    }
    std::fs::write(clips.path("reset/part-001.mp4"), "not a video").expect("writable");
    let outcome = read(&clips.path("reset"));
    assert_eq!((outcome.times_ms, outcome.faults[0].kind), (regular_ms(15), DecodeFailed));
    assert!(outcome.faults[0].detail.starts_with("part-001.mp4: not a video"), "{}", outcome.faults[0].detail);
    assert_eq!(outcome.faults[0].event_time.0, START + 400_000);
}

#[test]
fn a_size_that_changes_is_followed() {
    let Some(clips) = Clips::new() else { return };
    let small = std::fs::read(clips.make("small.ts", &format!("{SOURCE} {H264}"))).expect("readable");
    let double = SOURCE.replace("160x120", "320x240");
    let large =
        std::fs::read(clips.make("large.ts", &format!("{double} -output_ts_offset 2 {H264}"))).expect("readable");
    let outcome = read(&clips.write("both.ts", &[small, large].concat()));
    assert_eq!(outcome.sizes, [vec![(160, 120); 20], vec![(320, 240); 20]].concat());
    assert_eq!(outcome.times_ms, regular_ms(40));
    assert_eq!(outcome.kinds(), [SizeChanged]);
    assert_eq!(outcome.faults[0].detail, "160x120 -> 320x240");
}

#[test]
fn a_clock_that_starts_again_goes_on() {
    let Some(clips) = Clips::new() else { return };
    let bytes = std::fs::read(clips.make("once.ts", &format!("{SOURCE} {H264}"))).expect("readable");
    let outcome = read(&clips.write("twice.ts", &[bytes.clone(), bytes].concat()));
    assert_eq!(outcome.times_ms, regular_ms(40));
    assert_eq!((outcome.kinds(), outcome.faults[0].event_time.0), (vec![PtsJumped], START + 2_000_000));
}

#[test]
fn a_file_that_was_cut_gives_what_there_is() {
    let Some(clips) = Clips::new() else { return };
    // Matroska drops the block that was cut through; the others show as much of it as there is.
    for (name, args, frames) in [("cut.mp4", "-movflags +faststart", 11), ("cut.mkv", "", 10), ("cut.avi", "", 11)] {
        let whole = clips.make(name, &format!("{SOURCE} -g 5 {MPEG4} {args}"));
        let outcome = read(&clips.cut(&whole, 60, &format!("part-{name}")));
        assert_eq!(outcome.times_ms, regular_ms(frames), "{name}");
        assert_eq!(outcome.count(StreamTruncated), 20 - frames as u64, "{name}: {:?}", outcome.faults);
        assert_eq!(outcome.count(DecodeFailed), u64::from(frames == 11), "{name}: {:?}", outcome.faults);
    }
    // A transport stream promises nothing, so nothing is missing.
    let whole = clips.make("cut.ts", &format!("{SOURCE} -g 5 {MPEG4}"));
    let outcome = read(&clips.cut(&whole, 60, "part-cut.ts"));
    assert_eq!((outcome.times_ms, outcome.faults.len()), (regular_ms(11), 1), "{:?}", outcome.faults);
}

#[test]
fn a_segment_that_was_cut_leaves_a_gap_where_its_frames_were() {
    let Some(clips) = Clips::new() else { return };
    std::fs::create_dir(clips.path("gap")).expect("new");
    let split = "-g 5 -f segment -segment_time 0.5";
    clips.make("gap/part-%d.mkv", &format!("{SOURCE} {MPEG4} {split}"));
    clips.cut(&clips.path("gap/part-1.mkv"), 85, "gap/part-1.mkv");
    let outcome = read(&clips.path("gap"));
    let missing: Vec<i64> = regular_ms(20).into_iter().filter(|t| !outcome.times_ms.contains(t)).collect();
    assert!((1..=3).contains(&missing.len()) && missing.last() == Some(&900), "{missing:?}");
    assert_eq!(outcome.count(StreamTruncated), missing.len() as u64);
    assert!(outcome.times_ms.iter().all(|t| t % 100 == 0));
}

#[test]
fn what_is_no_video_is_an_error_that_names_camera_and_path() {
    let Some(clips) = Clips::new() else { return };
    let whole = clips.make("whole.mp4", &format!("{SOURCE} {H264}"));
    std::fs::create_dir_all(clips.path("none")).expect("new");
    std::fs::create_dir_all(clips.path("bad")).expect("new");
    clips.write("bad/a.mp4", b"");
    clips.write("bad/b.mp4", b"zzz");
    for (path, reason) in [
        (clips.path("absent.mp4"), "there is no such file or folder"),
        (clips.write("empty.mp4", b""), "the file is empty"),
        (clips.write("words.txt", &b"hello there\n".repeat(500)), "not a video that can be read"),
        (clips.write("words.mp4", &b"hello there\n".repeat(500)), "not a video that can be read: Invalid data found"),
        (clips.write("list.mp4", b"#EXTM3U\n#EXTINF:2,\nwhole.mp4\n"), "not a video that can be read"),
        (clips.make("sound.mp4", "-f lavfi -i sine=duration=1"), "there is no video stream in it"),
        (clips.cut(&whole, 60, "headless.mp4"), "not a video that can be read: Invalid data found"),
        (clips.path("none"), "the folder holds no video segments"),
        (clips.path("bad"), "none of its 2 segments can be read; the first, a.mp4: the file is empty"),
    ] {
        let error = VideoReader::open(spec(&path)).err().unwrap_or_else(|| panic!("{} opened", path.display()));
        let said = error.to_string();
        assert!(said.starts_with(&format!("camera cam: {}: {reason}", path.display())), "{said}");
        assert!(!error.reason.worth_retrying());
    }
}

#[test]
fn flipped_bits_never_panic_hang_or_turn_time_back() {
    let Some(clips) = Clips::new() else { return };
    let sources = [(H264, "mp4"), (H264, "ts"), (MPEG4, "avi"), (H265, "mkv"), (MJPEG, "avi")];
    let wholes = sources.map(|(codec, container)| {
        std::fs::read(clips.make(&format!("sound.{container}"), &format!("{SOURCE} -g 5 {codec}"))).expect("readable")
    });
    let (mut opened, mut damaged) = (0, 0);
    for seed in 0..30u64 {
        let mut bytes = wholes[seed as usize % wholes.len()].clone();
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for _ in 0..1 + bytes.len() / 1000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = state as usize % bytes.len();
            bytes[at] ^= 1 << (state >> 61);
        }
        let path = clips.write("flipped", &bytes);
        // The same damage gives the same rows, and every row says something.
        let (Ok(once), Ok(again)) = (read_with(spec(&path)), read_with(spec(&path))) else { continue };
        assert_eq!(once, again, "seed {seed}");
        assert!(once.faults.iter().all(|f| !f.detail.is_empty()), "seed {seed}: {:?}", once.faults);
        assert!(once.times_ms.len() <= 25, "seed {seed}");
        opened += 1;
        damaged += u32::from(once.count(DecodeFailed) + once.count(StreamTruncated) + once.count(PtsJumped) > 0);
    }
    assert!(opened >= 15 && damaged >= 8, "{opened} opened, {damaged} with faults");
}

#[test]
fn a_reader_waits_for_pictures_and_stops_when_told() {
    let Some(clips) = Clips::new() else { return };
    let path = clips.make("held.mp4", &format!("{SOURCE} {H264}"));
    let mut reader = VideoReader::open(spec(&path)).expect("opens");
    let (first, second) = (reader.next(), reader.next());
    let stop = reader.stop_flag();
    let stopper = std::thread::Builder::new().spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        stop.store(true, Ordering::Relaxed);
    });
    assert!(reader.next().is_none(), "both pictures are held, so this waits until it is told to stop");
    stopper.expect("starts").join().expect("no panic");
    assert!(matches!((first, second), (Some(Ingested::Frame(_)), Some(Ingested::Frame(_)))));
    assert!(
        VideoReader::open(VideoSpec { stop: reader.stop_flag(), ..spec(&path) })
            .is_err_and(|e| e.reason.worth_retrying())
    );
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn real_footage_gives_every_frame_at_its_time() {
    let Some(shared) = std::env::var_os("AISLEFLOW_SHARED").map(std::path::PathBuf::from) else {
        eprintln!("skipped: AISLEFLOW_SHARED is not set");
        return;
    };
    let nanostore = |camera| format!("nanostore/video/cps-test-01-nodepth-cam{camera}.mp4");
    for (path, frames) in [
        (nanostore(1), 338),
        (nanostore(3), 338),
        (nanostore(5), 339),
        (nanostore(7), 338),
        ("pets/vtest.avi".to_owned(), 795),
        ("people/one-by-one-person-detection.mp4".to_owned(), 1394),
    ] {
        let mut stream = VideoStream::open(spec(&shared.join("data").join(&path))).expect("opens");
        assert_eq!(stream.frames_expected(), Some(frames), "{path}");
        for n in 0..frames {
            let meta = stream.next_meta().expect("a frame").expect("no fault");
            assert_eq!((meta.sequence, meta.event_time.0), (n, START + n as i64 * 100_000), "{path}");
        }
        assert!(stream.next_meta().is_none(), "{path}");
    }
}
