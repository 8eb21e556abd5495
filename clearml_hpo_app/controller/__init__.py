"""The controller: `restore`, then a loop of `observe → decide → act → report`, then `finish`."""
