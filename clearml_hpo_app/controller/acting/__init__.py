"""Acting: carrying decisions out, so that a crash between two calls loses nothing."""
