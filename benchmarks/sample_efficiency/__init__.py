"""How soon each method finds good parameters, against plain random search, Optuna and ClearML's own optimiser."""
