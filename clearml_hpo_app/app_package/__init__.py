"""The application package: the file that ClearML's applications page reads, and the template task."""
