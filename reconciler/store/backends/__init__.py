"""Where the state of targets is kept: one protocol, and a module for each kind of place."""
