"""How a project begins to publish: what it needs, decided from its facts and rendered as files. Writes only through `writing`."""
