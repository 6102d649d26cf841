"""Nest Pay, the payment portal of a Tanzanian rental platform."""
