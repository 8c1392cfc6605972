use super::*;

#[test]
fn as_python_computes_it() {
    // hmac.new(key, subject.encode(), hashlib.sha256).hexdigest()[:16]
    let counted: [u8; 32] = std::array::from_fn(|i| i as u8);
    assert_eq!(pseudonym(&counted, "member-8f3a"), 0x5290_0da3_7294_8bd1);
    assert_eq!(pseudonym(&[0; 32], ""), 0xb613_679a_0814_d9ec);
    assert_eq!(pseudonym(&[255; 32], "Grüße, ŝtato"), 0x8ea8_8af6_5349_3e06);
}
