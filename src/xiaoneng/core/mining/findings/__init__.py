"""Ten findings worth acting on; every kind is described in ``docs/reference/findings.md``."""
