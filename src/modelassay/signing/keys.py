"""Signing a manifest with a key of one's own: a DSSE envelope in a Sigstore bundle.

The extra `signing` brings `cryptography`. Keys are ECDSA on P-256, P-384 or P-521 in PEM; what is
made here is verified by OpenSSF's `model_signing verify key`, and the other way round.

Source: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md,
https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from modelassay.core.errors import MissingExtraError
from modelassay.signing.manifest import ManifestError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

_MEDIA: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PAYLOAD: Final = "application/vnd.in-toto+json"


def sign(manifest: bytes, key: bytes, password: bytes | None = None) -> bytes:
    """Return a bundle that holds `manifest`, signed with a private key. Raises `ManifestError`."""
    private = _private(key, password)
    from cryptography.hazmat.primitives.asymmetric import ec

    signature = private.sign(_pae(manifest), ec.ECDSA(_hash(private.public_key())))
    bundle = {
        "mediaType": _MEDIA,
        "verificationMaterial": {
            "publicKey": {"hint": _hint(private.public_key())},
            "tlogEntries": [],
        },
        "dsseEnvelope": {
            "payload": base64.b64encode(manifest).decode(),
            "payloadType": _PAYLOAD,
            "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": ""}],
        },
    }
    return msgspec.json.format(msgspec.json.encode(bundle), indent=2) + b"\n"


def is_bundle(data: bytes) -> bool:
    """Whether this is a bundle, and no bare manifest."""
    return b'"dsseEnvelope"' in data


def verify(bundle: bytes, key: bytes) -> bytes:
    """Return the manifest in a bundle, if `key` signed it. Raises `ManifestError`."""
    _need()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        public = serialization.load_pem_public_key(key)
    except ValueError as error:
        raise ManifestError(f"this is no public key: {error}") from error
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise ManifestError("the key is of no elliptic curve")
    payload, signature = _envelope(bundle)
    try:
        public.verify(signature, _pae(payload), ec.ECDSA(_hash(public)))
    except InvalidSignature:
        raise ManifestError("the signature is not that of this key") from None
    return payload


def unverified(bundle: bytes) -> bytes:
    """Return the manifest in a bundle whose signature nobody has asked to verify."""
    return _envelope(bundle)[0]


def _envelope(bundle: bytes) -> tuple[bytes, bytes]:
    try:
        envelope: Any = msgspec.json.decode(bundle)["dsseEnvelope"]
        (signature,) = envelope["signatures"]
        if envelope["payloadType"] != _PAYLOAD:
            raise ManifestError("the bundle holds no in-toto statement")
        return (
            base64.b64decode(envelope["payload"], validate=True),
            base64.b64decode(signature["sig"], validate=True),
        )
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise ManifestError(f"this is no bundle: {error!r}") from error


def _private(key: bytes, password: bytes | None) -> ec.EllipticCurvePrivateKey:
    _need()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        private = serialization.load_pem_private_key(key, password)
    except (ValueError, TypeError) as error:
        raise ManifestError(f"this is no private key: {error}") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise ManifestError("the key is of no elliptic curve")
    return private


def _need() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("signing needs the package cryptography", "signing") from error


def _hash(public: ec.EllipticCurvePublicKey) -> Any:
    from cryptography.hazmat.primitives import hashes

    known = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
    chosen = known.get(public.curve.key_size)
    if chosen is None:
        raise ManifestError(f"keys of {public.curve.key_size} bits are not supported")
    return chosen


def _hint(public: ec.EllipticCurvePublicKey) -> str:
    from cryptography.hazmat.primitives import serialization

    encoded = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(encoded).hexdigest()


def _pae(payload: bytes) -> bytes:
    """Return what DSSE signs: the type and the payload, each with its length before it."""
    return b"DSSEv1 %d %s %d %s" % (len(_PAYLOAD), _PAYLOAD.encode(), len(payload), payload)
