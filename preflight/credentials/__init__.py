"""Credentials: API tokens, where they stand, and how they are kept out of sight. Never shows or sends a secret."""
