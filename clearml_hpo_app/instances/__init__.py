"""Optimisations from outside their controllers: launching, reading, steering and running one."""
