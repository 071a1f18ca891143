"""notify: everybody hears what concerns them."""
