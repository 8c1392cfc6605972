//! Devices: how they deliver, when they are out, which codes gates are shown.

use super::{Kind, Named, SECONDS_MAX};
use crate::gate::WrongCodes;
use crate::scenario::toml_file::Section;
use crate::scenario::{Delivery, Device, Outage};
use std::collections::BTreeMap;

pub(super) fn read_delivery(top: &mut Section<'_, '_>, named: &mut Vec<Named>) -> Delivery {
    let mut section = top.section("delivery");
    let span = section.span_of("scale_hz");
    let scale_hz = section.count("scale_hz", 1..=100, 60);
    if !matches!(scale_hz, 1 | 5 | 10 | 20 | 60) {
        section.problem(
            "scale_hz",
            Some(span),
            &format!("{scale_hz} is no rate of a scale"),
            "one of: 1, 5, 10, 20, 60",
        );
    }
    let skew_ms_max = section.integer("skew_ms_max", 0..=10_000, 0);
    let late_ms_mean = section.number("late_ms_mean", 0.0..=60_000.0, 0.0);
    section.close();
    let mut devices = BTreeMap::new();
    for mut section in top.sections("devices") {
        let name = section.text("name");
        let skew_ms = section.integer("skew_ms", -600_000..=600_000, 0);
        let span = section.span_of("late_ms_mean");
        let late = section.maybe_number("late_ms_mean", 0.0..=600_000.0);
        let device = Device { skew_ms, late_ms_mean: late.unwrap_or(late_ms_mean) };
        let late = late.filter(|late| *late > 0.0).map(|_| span);
        match name {
            None => section.problem("name", None, "is missing", "the name of a camera, scale or gate"),
            Some((name, span)) if devices.contains_key(&name) => {
                section.problem("name", Some(span), &format!("`{name}` was named before"), "");
            }
            Some((name, span)) => {
                let kinds = &[Kind::Camera, Kind::Scale, Kind::Gate];
                named.push(Named { name: name.clone(), key: section.key("name"), span, kinds, late });
                devices.insert(name, device);
            }
        }
        section.close();
    }
    Delivery { scale_hz, skew_ms_max, late_ms_mean, devices }
}

pub(super) fn read_wrong_codes(mut section: Section<'_, '_>) -> WrongCodes {
    let mut share = |key: &str| section.number(key, 0.0..=1.0, 0.0);
    let codes = WrongCodes {
        forged_share: share("forged_share"),
        expired_share: share("expired_share"),
        replayed_share: share("replayed_share"),
    };
    let sum = codes.forged_share + codes.expired_share + codes.replayed_share;
    if sum > 1.0 {
        let span = section.span_of("");
        section.problem(
            "replayed_share",
            Some(span),
            &format!("makes {sum} with the other shares"),
            "at most 1 in all",
        );
    }
    section.close();
    codes
}

pub(super) fn read_outages(top: &mut Section<'_, '_>, seconds: u32, named: &mut Vec<Named>) -> Vec<Outage> {
    let mut outages = Vec::new();
    for mut section in top.sections("outages") {
        let device = section.text("device");
        if device.is_none() {
            section.problem("device", None, "is missing", "the name of a camera or scale");
        }
        let from_s = section.number("from_s", 0.0..=f64::from(seconds), 0.0);
        let to_span = section.span_of("to_s");
        // Nothing said: also at the very end.
        let to_s = section.number("to_s", 0.0..=f64::from(SECONDS_MAX), f64::from(seconds) + 1.0);
        if to_s <= from_s {
            section.problem("to_s", Some(to_span), &format!("{to_s} is not after from_s, {from_s}"), "");
        }
        let us = |s: f64| (s * 1e6).round() as i64;
        if let Some((device, span)) = device {
            let kinds = &[Kind::Camera, Kind::Scale];
            named.push(Named { name: device.clone(), key: section.key("device"), span, kinds, late: None });
            outages.push(Outage { device, from_us: us(from_s), to_us: us(to_s) });
        }
        section.close();
    }
    outages.sort_by_key(|outage| (outage.from_us, outage.device.clone()));
    outages
}
