"""Long proofs: each is one command, ``python -m campaigns NAME``, and leaves its figures in
``docs/campaigns``.
"""
