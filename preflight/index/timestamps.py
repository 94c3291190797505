"""Times as indexes and GitHub write them: `yyyy-mm-ddThh:mm:ss.ffffffZ` (PEP 700), `yyyy-mm-ddThh:mm:ssZ`. Knows nothing of what happened then."""


def seconds(text: object) -> float | None:
    """Seconds since 1970; None for what is no time, or says not of which zone."""
    from datetime import datetime

    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.timestamp() if moment.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None
