//! A partner's own key: it stays with the partner, who hands over its public part and signs with it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::app::TestApp;
use super::forging::part;
use super::partner::ISSUER;

/// A key with its id and the algorithm that it is for.
pub struct OwnKey {
    kid: String,
    alg: &'static str,
    pair: Pair,
}

enum Pair {
    Curve(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl OwnKey {
    /// One of the curve P-256.
    pub fn of_curve(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self { kid: kid.to_owned(), alg: "ES256", pair: Pair::Curve(pair) }
    }

    /// One of RSA, for this algorithm.
    pub fn of_rsa(kid: &str, alg: &'static str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        Self { kid: kid.to_owned(), alg, pair: Pair::Rsa(pair) }
    }

    /// What the administrator is handed.
    pub fn jwk(&self) -> Value {
        let written = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Curve(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kid": self.kid, "kty": "EC", "alg": self.alg, "crv": "P-256",
                    "x": written(x), "y": written(y) })
            }
            Pair::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kid": self.kid, "kty": "RSA", "alg": self.alg,
                    "n": written(&public.n), "e": written(&public.e) })
            }
        }
    }

    /// The header that names this key.
    pub fn header(&self) -> Value {
        json!({ "alg": self.alg, "kid": self.kid, "typ": "JWT" })
    }

    /// Signs a token with the algorithm that the key is for, whatever the header says.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", part(header), part(claims));
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Curve(pair) => {
                pair.sign(&random, message.as_bytes()).expect("a signature").as_ref().to_vec()
            }
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding: &'static dyn aws_lc_rs::signature::RsaEncoding =
                    if self.alg == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                pair.sign(padding, &random, message.as_bytes(), &mut signature)
                    .expect("a signature");
                signature
            }
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What a partner claims to get a token at this moment.
pub fn assertion_of(app: &TestApp, partner: &str) -> Value {
    let now = app.clock.now().timestamp();
    json!({ "iss": partner, "sub": partner, "aud": ISSUER, "iat": now, "exp": now + 60,
        "jti": app.clock.new_id::<Uuid>() })
}

/// The form that shows what it has signed.
pub fn form_with(assertion: &str) -> String {
    format!(
        "grant_type=client_credentials&client_assertion_type=\
         urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
         &client_assertion={assertion}"
    )
}
