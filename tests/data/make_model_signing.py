"""Make `model_signing/`: a folder signed by OpenSSF's own tool, with a key made for it alone.

python -m venv env && env/bin/pip install model-signing==1.1.1 pyopenssl
env/bin/python tests/data/make_model_signing.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

FOLDER = Path(__file__).parent / "model_signing"


def main() -> None:
    model = FOLDER / "model"
    (model / "sub").mkdir(parents=True, exist_ok=True)
    (model / "weights.bin").write_bytes(bytes(range(64)))
    (model / "sub" / "config.json").write_text('{"a": 1}\n')
    key = ec.generate_private_key(ec.SECP256R1())
    private = FOLDER / "private.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (FOLDER / "public.pem").write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    command = ["sign", "key", str(model), "--private_key", str(private)]
    command += ["--signature", str(FOLDER / "model.sig")]
    subprocess.run([sys.executable, "-m", "model_signing", *command], check=True)
    private.unlink()


if __name__ == "__main__":
    main()
