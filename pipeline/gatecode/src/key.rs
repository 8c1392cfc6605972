//! Keys: an Ed25519 pair as PASERK text, `k4.secret.` and `k4.public.`.

#[cfg(test)]
mod tests;

use ed25519_compact::{KeyPair, Seed, Signature};
use pasetors::keys::{AsymmetricPublicKey, AsymmetricSecretKey};
use pasetors::paserk::FormatAsPaserk;
use pasetors::version4::V4;
use std::fmt;
use std::str::FromStr;

/// How the text of the key of nothing but zeros begins; it would make the signature code panic.
const ZEROS: &str = "k4.secret.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why there is no key. Each but `Random` means: give up, the text has to be another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is no secret key.
    #[error("is no PASERK `k4.secret.` text, or its two halves do not belong together")]
    NotSecret,
    /// The text is no public key.
    #[error("is no PASERK `k4.public.` text")]
    NotPublic,
    /// The text is well formed, but anybody could sign for such a key, or nobody.
    #[error("is no point that signatures can be checked with: the key was not made properly")]
    Weak,
    /// The system gives no random bytes. Retry: a system that has just started may have none yet.
    #[error("the system gives no random bytes")]
    Random,
}

/// What signs codes. Keep it where the codes are issued; a reader needs [`SigningKey::public`] only.
pub struct SigningKey(pub(crate) AsymmetricSecretKey<V4>);

impl SigningKey {
    /// A new key, of the system's random bytes.
    ///
    /// # Errors
    /// [`KeyError::Random`].
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| KeyError::Random)?;
        if seed == [0; 32] {
            return Err(KeyError::Random);
        }
        let pair = KeyPair::from_seed(Seed::new(seed));
        AsymmetricSecretKey::from(pair.sk.as_ref()).map(Self).map_err(|_| KeyError::Random)
    }

    /// Reads PASERK `k4.secret.`; white space around it does not matter.
    ///
    /// # Errors
    /// [`KeyError::NotSecret`], also where the public half does not follow from the secret one; [`KeyError::Weak`].
    pub fn from_paserk(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.starts_with(ZEROS) {
            return Err(KeyError::Weak);
        }
        AsymmetricSecretKey::try_from(text).map(Self).map_err(|_| KeyError::NotSecret)
    }

    /// PASERK `k4.secret.`: who has this text can let anybody in.
    pub fn paserk(&self) -> String {
        paserk(&self.0)
    }

    /// The public half, for readers.
    pub fn public(&self) -> PublicKey {
        PublicKey(AsymmetricPublicKey::try_from(&self.0).expect("a secret key ends with its public half"))
    }
}

impl FromStr for SigningKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_paserk(text)
    }
}

/// Does not show the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public())
    }
}

/// What codes are checked with.
#[derive(Clone)]
pub struct PublicKey(pub(crate) AsymmetricPublicKey<V4>);

impl PublicKey {
    /// Reads PASERK `k4.public.`; white space around it does not matter.
    ///
    /// # Errors
    /// [`KeyError::NotPublic`], [`KeyError::Weak`].
    pub fn from_paserk(text: &str) -> Result<Self, KeyError> {
        let key = AsymmetricPublicKey::try_from(text.trim()).map_err(|_| KeyError::NotPublic)?;
        // A signature whose halves are both well formed (the base point, and nought): what is then refused is the key.
        let mut signature = [0; 64];
        signature[..32].fill(0x66);
        signature[0] = 0x58;
        let point = ed25519_compact::PublicKey::from_slice(key.as_bytes()).map_err(|_| KeyError::NotPublic)?;
        point.verify_incremental(&Signature::new(signature)).map_err(|_| KeyError::Weak)?;
        Ok(Self(key))
    }

    /// PASERK `k4.public.`.
    pub fn paserk(&self) -> String {
        paserk(&self.0)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_paserk(text)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes() == other.0.as_bytes()
    }
}

impl Eq for PublicKey {}

/// PASERK.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.paserk())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

fn paserk(key: &impl FormatAsPaserk) -> String {
    let mut text = String::new();
    key.fmt(&mut text).expect("a key has a text, and a text takes it");
    text
}
