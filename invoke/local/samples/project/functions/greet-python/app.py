"""Greets by the hour of day. Edit it: the next invocation of $LATEST runs the new code."""

import logging
import platform
from datetime import datetime, timezone

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handler(event, context):
    name = event.get("name") or "world"
    hour = event.get("hour", datetime.now(timezone.utc).hour)
    if not 0 <= hour <= 23:
        raise ValueError(f"hour must be from 0 to 23, not {hour}")
    part = "morning" if 5 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    logger.info("greeting %s in the %s", name, part)
    return {
        "greeting": f"Good {part}, {name}.",
        "python": platform.python_version(),
        "version": context.function_version,
    }
