"""Certificates for the tests of TLS."""

import subprocess


def make_certificates(folder):
    """ca.pem; server.pem and server.key for 127.0.0.1; client.pem and client.key: by the openssl command."""

    def openssl(name, *words):
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder / f"{name}.key"]
        command = ["openssl", "req", "-x509", *key, "-out", folder / f"{name}.pem", "-subj", f"/CN={name}", "-days", "2", *words]
        subprocess.run(command, check=True, capture_output=True)

    openssl("ca")
    signed = ["-CA", folder / "ca.pem", "-CAkey", folder / "ca.key"]
    openssl("server", *signed, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    openssl("client", *signed)
