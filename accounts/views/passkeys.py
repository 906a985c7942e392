"""What a page tells its script about passkeys: the device's question, as JSON in an attribute."""

import json


def options_of(options: dict) -> str:
    """Bytes are base64url in it already (fido2's own mapping)."""
    return json.dumps(options, default=dict)
