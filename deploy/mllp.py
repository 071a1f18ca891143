"""Certificates of the local platform's HL7 v2 listener: ours, and one of each simulated hospital that may speak there."""

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chassis.clock import Clock

OURS = "guohuai"
_LIFE = timedelta(days=3650)  # of a folder on one machine, that nobody renews


def make(folder: Path, systems: tuple[str, ...]) -> Path:
    """Write what is missing: `guohuai.pem`, `<system>.key.pem` for the sender, `peers/<system>.pem` for the listener."""
    peers = folder / "peers"
    if not peers.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{OURS}.pem", OURS)
        shown = {system: _write(folder / f"{system}.key.pem", system) for system in systems}
        peers.mkdir()
        for system, certificate in shown.items():
            (peers / f"{system}.pem").write_bytes(certificate)
    return folder


def _write(file: Path, name: str) -> bytes:
    """A key and the certificate that it signs itself, readable by this user alone; the certificate."""
    key, now = ec.generate_private_key(ec.SECP256R1()), Clock().now()
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(called).issuer_name(called).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False).sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    certificate = made.public_bytes(pem)
    file.touch(0o600)
    file.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()) + certificate)
    return certificate
