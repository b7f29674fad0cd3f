"""Proof that events, chains and seals are what was once written; needs no database and no platform."""
