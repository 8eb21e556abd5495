"""What is searched: parameters with their values, and the points that they span together."""
