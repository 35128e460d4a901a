"""Free text that people wrote, encrypted under an erasable key, so that erasing the key erases the text."""

import base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict

from contracts.event import Code

KEY_BYTES = 32
NONCE_BYTES = 12


class Sealed(BaseModel):
    """A text under AES-256-GCM. `box` is base64url(nonce || ciphertext); `key_id` is authenticated with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: Code
    box: str


class BrokenSeal(Exception):
    """The box does not open under this key: wrong key or altered bytes."""


def seal(text: str, key_id: str, key: bytes, nonce: bytes) -> Sealed:
    """Encrypt `text`. The caller draws a fresh `nonce` of 12 random bytes for every call."""
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    box = nonce + AESGCM(key).encrypt(nonce, text.encode(), key_id.encode())
    return Sealed(key_id=key_id, box=base64.urlsafe_b64encode(box).decode())


def open_sealed(sealed: Sealed, key: bytes) -> str:
    """Decrypt; raises `BrokenSeal` when the key is not the right one or the bytes were altered."""
    box = base64.urlsafe_b64decode(sealed.box)
    try:
        return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], sealed.key_id.encode()).decode()
    except InvalidTag as error:
        raise BrokenSeal(sealed.key_id) from error
