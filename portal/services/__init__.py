"""Use cases: the only layer that writes, or calls a provider."""
