"""Building a project, installing what was built and importing it: the only room that runs a project's code, and only when asked."""
