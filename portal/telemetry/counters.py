"""What is counted, for whoever watches the portal; names as Prometheus wants them."""

from __future__ import annotations

from prometheus_client import Counter

outcomes_unmapped = Counter(
    "portal_outcomes_unmapped", "Codes of a provider that our table does not know", ["provider"]
)
callbacks_handled = Counter(
    "portal_callbacks_handled", "Callbacks understood, by what came of them", ["provider", "verdict"]
)
jobs_broken = Counter("portal_jobs_broken", "Attempts at a job that raised", ["kind"])
provider_troubles = Counter(
    "portal_provider_troubles",
    "What keeps a provider from serving us, as often as met",
    ["provider", "trouble"],
)
