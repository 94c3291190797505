"""What the log of a failed publish says: read in any shape, taken apart, and matched with PyPI's refusals and the clients' own errors.

Pure functions over a log. It judges nothing: which cause is the right one, and what to do, is for the diagnoses.
"""
