"""Checks that a webhook really comes from BPOC. Python 3.8 or newer, nothing to install.

`raw_body` is the body exactly as it arrived (bytes): read it before any JSON parser does.
`headers` is a mapping with lower-case names.
"""

import base64
import hashlib
import hmac
import json
import time

TOLERANCE_SECONDS = 300


def verify_webhook(raw_body, headers, secret):
    """Checks the three `webhook-*` headers (Standard Webhooks). Returns the message, or raises ValueError."""
    message_id = headers.get("webhook-id")
    timestamp = headers.get("webhook-timestamp")
    signatures = headers.get("webhook-signature")
    if not (message_id and timestamp and signatures):
        raise ValueError("a webhook-* header is missing")

    key = base64.b64decode(secret[len("whsec_"):] if secret.startswith("whsec_") else secret)
    signed = f"{message_id}.{timestamp}.".encode() + raw_body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    # During a rotation there are two signatures; one match is enough.
    if not any(hmac.compare_digest(given.encode(), expected.encode()) for given in signatures.split(" ")):
        raise ValueError("the signature does not fit: wrong secret, or the body was changed")

    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise ValueError("too old, or a clock is wrong")
    return json.loads(raw_body)


def verify_signature_header(raw_body, signature, secret):
    """Only if no other header can be read: checks `X-Webhook-Signature` alone, so a replayed request passes."""
    expected = "sha256=" + hmac.new(secret.encode(), raw_body, hashlib.sha256).hexdigest()
    return hmac.compare_digest((signature or "").encode(), expected.encode())
