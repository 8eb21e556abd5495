"""Steering: what people may write on a controller task while it runs, and how it heeds and answers that."""
