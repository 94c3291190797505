"""Trusted-publisher identity: what is registered, what a run would claim, how PyPI compares them."""
