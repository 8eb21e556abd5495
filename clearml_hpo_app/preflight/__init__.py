"""Looking before launching: what the server and the base task tell about a configuration."""
