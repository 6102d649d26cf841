"""For machines: what providers call, and what watches over the process asks."""
