"""The engine: findings, rules, facts by name, selection, configuration. It knows no fact and no output format."""
