"""Text with positions: source files and the formats in them, read with the place of every key and value.

Imports nothing of preflight but its own modules, and nothing heavy: each format is imported where it is used.
"""
