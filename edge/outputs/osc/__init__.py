"""OSC over UDP: predictions out to several targets, and a few requests in."""
