use super::*;
use crate::{Claims, Role, SigningKey, code_id, issue};
use std::io::Cursor;

/// Decodes a PNG, then finds the symbol in its pixels, by another's code.
fn read(png: &[u8]) -> (String, u8, usize) {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().expect("a PNG");
    assert_eq!(reader.output_color_type(), (png::ColorType::Grayscale, png::BitDepth::Eight));
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("a picture");
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one symbol");
    let (meta, text) = grids[0].decode().expect("a text");
    (text, u8::try_from(meta.ecc_level).expect("two bits"), width)
}

/// The level's two bits (ISO/IEC 18004, table 12).
const M: u8 = 0b00;
const L: u8 = 0b01;

#[test]
fn another_decoder_reads_the_code() {
    let key = SigningKey::generate().expect("a key");
    for (n, role) in [(8, Role::Member), (200, Role::Staff), (1100, Role::Member)] {
        let claims = Claims {
            issuer: "corner-shop".to_string(),
            subject: "m".repeat(n),
            role,
            party: 2,
            gate: Some("door".to_string()),
            code_id: code_id().expect("random bytes"),
            issued_at_us: 1_764_000_000_000_000,
            not_before_us: 1_764_000_000_000_000,
            expires_at_us: 1_764_000_300_000_000,
        };
        let code = issue(&key, &claims).expect("a code");
        let symbol = Symbol::of(&code).expect("a symbol");
        for module_px in [3, 8] {
            let (text, level, width) = read(&symbol.png(module_px));
            assert_eq!((text, level), (code.clone(), M));
            assert_eq!(width as u32, (symbol.side() + 8) * module_px);
        }
    }
}

#[test]
fn every_size_of_symbol_reads() {
    // Lengths that fill a symbol, and those beside them, differ in padding; all forty sizes come by.
    let text: String = (0..2953).map(|i: u32| char::from(b'a' + (i * 7 % 26) as u8)).collect();
    let (mut sides, mut last) = (std::collections::BTreeSet::new(), None::<Symbol>);
    for n in (1..=2331).step_by(3) {
        let symbol = Symbol::of(&text[..n]).expect("a symbol");
        let new = sides.insert(symbol.side());
        if let Some(full) = last.replace(symbol).filter(|_| new) {
            assert_eq!(read(&full.png(3)).0, text[..n - 3]);
            assert_eq!(read(&last.as_ref().expect("just put").png(3)).0, text[..n]);
        }
    }
    assert_eq!(sides.into_iter().collect::<Vec<_>>(), (1..=40).map(|v| 17 + 4 * v).collect::<Vec<_>>());
}

#[test]
fn level_m_if_it_fits_else_l() {
    let text = "a".repeat(2954);
    assert_eq!(read(&Symbol::of(&text[..2331]).expect("a symbol").png(3)).1, M);
    let (read_back, level, _) = read(&Symbol::of(&text[..2332]).expect("a symbol").png(3));
    assert_eq!((read_back.len(), level), (2332, L));
    assert!(Symbol::of(&text[..2953]).is_ok());
    assert_eq!(Symbol::of(&text), Err(QrError::TooLong(2954)));
    assert_eq!(Symbol::of(""), Err(QrError::Empty));
}

#[test]
fn odd_sizes_of_a_module_are_brought_into_range() {
    let symbol = Symbol::of("v4.public.made-up").expect("a symbol");
    assert_eq!(symbol.png(0), symbol.png(1));
    assert_eq!(symbol.png(u32::MAX), symbol.png(MODULE_PX_MAX));
}

#[test]
fn the_terminal_shows_the_same_modules() {
    let symbol = Symbol::of("v4.public.made-up").expect("a symbol");
    let text = symbol.terminal();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len() as u32, (symbol.side() + 8).div_ceil(2));
    let mut pixels = Vec::new();
    for line in &lines {
        let inner = line.strip_prefix(BLACK_ON_WHITE).and_then(|line| line.strip_suffix(PLAIN)).expect("colours");
        for row in ["▀█", "▄█"] {
            pixels.push(inner.chars().map(|c| row.contains(c)).collect::<Vec<bool>>());
        }
    }
    // Drawn large, for a decoder.
    let side = pixels[0].len();
    let shade = |x: usize, y: usize| if pixels[y / 4][x / 4] { 0 } else { 255 };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * 4, pixels.len() * 4, shade);
    assert_eq!(image.detect_grids()[0].decode().expect("a text").1, "v4.public.made-up");
}
