"""The outside world as real programs that speak the real wire, stricter than the originals."""
