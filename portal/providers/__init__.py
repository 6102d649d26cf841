"""Who moves the money: one file per provider, the same five methods in the same order; they return values only."""
