"""Every place of a project that states its version: the one that gets published, and the copies of it. Judges
nothing.
"""
