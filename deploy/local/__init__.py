"""The one-command runtime: everything real, on one bare machine, in one data folder."""
