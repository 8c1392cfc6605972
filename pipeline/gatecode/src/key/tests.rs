use super::*;

#[test]
fn texts_come_back_as_the_same_keys() {
    let key = SigningKey::generate().expect("a key");
    assert!(key.paserk().starts_with("k4.secret."));
    let back = SigningKey::from_paserk(&format!(" {}\n", key.paserk())).expect("its text");
    assert_eq!(back.paserk(), key.paserk());
    let public = key.public();
    assert!(public.paserk().starts_with("k4.public."));
    assert_eq!(format!("{}\n", public.paserk()).parse(), Ok(public.clone()));
    assert_eq!(back.public(), public);
    assert_ne!(SigningKey::generate().expect("another").public(), public);
}

#[test]
fn a_secret_is_not_shown() {
    let key = SigningKey::generate().expect("a key");
    let shown = format!("{key:?}");
    assert!(shown.contains(&key.public().paserk()) && !shown.contains(&key.paserk()[10..20]), "{shown}");
}

#[test]
fn other_texts_are_no_keys() {
    let key = SigningKey::generate().expect("a key");
    let (secret, public) = (key.paserk(), key.public().paserk());
    for text in ["", "k4.secret.", &public, &secret[..secret.len() - 1], &secret.replace("k4", "k2"), &secret[10..]] {
        assert_eq!(SigningKey::from_paserk(text).expect_err(text), KeyError::NotSecret);
    }
    for text in ["", "k4.public.", &secret, &public[..public.len() - 1], &format!("{public}="), &public[10..]] {
        assert_eq!(PublicKey::from_paserk(text), Err(KeyError::NotPublic), "{text}");
    }
    // The public half of another.
    let other = SigningKey::generate().expect("a key").paserk();
    let mixed = format!("{}{}", &secret[..53], &other[53..]);
    assert_eq!(SigningKey::from_paserk(&mixed).expect_err("mixed"), KeyError::NotSecret);
}

#[test]
fn keys_that_anybody_can_sign_for_are_refused() {
    assert_eq!(ZEROS.len(), "k4.secret.".len() + 42);
    let zeros = format!("{ZEROS}{}", "A".repeat(44));
    assert_eq!(SigningKey::from_paserk(&zeros).expect_err("zeros"), KeyError::Weak);
    // y = 0 is a point of order 4; y = 1 is the neutral one; y = 2 is on no curve.
    for y in ["A".repeat(43), format!("AQ{}", "A".repeat(41)), format!("Ag{}", "A".repeat(41))] {
        assert_eq!(PublicKey::from_paserk(&format!("k4.public.{y}")), Err(KeyError::Weak), "{y}");
    }
}
