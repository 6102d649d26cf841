"""Receipts as documents: what a slip says, its QR code, its PDF, and the process that renders it."""
