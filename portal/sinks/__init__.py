"""Where messages go when they leave the portal."""
