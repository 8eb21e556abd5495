"""What a controller costs and how well it keeps its workers busy, beside ClearML's own optimizer."""
