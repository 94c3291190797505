"""Other linters that `check --with` runs and whose findings it shows under their own names. Knows none of our rules but as things said already."""
