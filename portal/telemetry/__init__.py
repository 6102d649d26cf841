"""Log lines and counters; no state of the business."""
