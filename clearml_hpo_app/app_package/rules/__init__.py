"""What each part of an `app.conf` may hold, as data and small checks."""
