"""An index on this machine that answers an upload as PyPI would. Publishes nothing."""
