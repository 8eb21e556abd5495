"""What a trial is, all trials of a run at one moment, and a run's outcome as plain values."""
