"""Output formats: each a pure function from findings to text."""
