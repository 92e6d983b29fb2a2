"""What lets a fuzzer past the outermost check of a format."""

import json

from marketplace.codec import canonical_json


def canonical(data):
    """Yield bytes, and if they are JSON of any form the canonical form of it: else most changes end there."""
    yield data
    try:
        found = canonical_json(json.loads(data))
    except (ValueError, TypeError, RecursionError):
        return
    if found != data:
        yield found
