"""The zone that the whole portal tells its time in: East Africa Time, all year three hours ahead of UTC."""

from __future__ import annotations

from datetime import timedelta, timezone

EAST_AFRICA = timezone(timedelta(hours=3), "EAT")
