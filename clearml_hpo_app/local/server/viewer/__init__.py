"""A small read-only viewer of projects and tasks, at the URLs that ClearML's own web interface uses."""
