"""Everything that needs nothing but this machine: an embedded ClearML server, local agents, the demo."""
