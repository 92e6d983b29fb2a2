"""Keys, secrets, the envelope of artifacts and grants of their keys."""
