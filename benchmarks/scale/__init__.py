"""What one controller costs with many trials, and with many of them at the same time."""
