"""People who are the same in every run, so that what was proved for them once can be shown again."""

from hashlib import sha256

from marketplace.crypto.secrets import MarketSecret


def same_wallet(keystore, name, password):
    """Make somebody's wallet, of a key and a secret that only hang on the name."""
    secret = sha256(f"tessera test secret of {name}".encode()).digest()
    key = sha256(f"tessera test key of {name}".encode()).digest()
    return keystore.import_key(name, key, password, MarketSecret(secret))
