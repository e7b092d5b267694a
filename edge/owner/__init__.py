"""Who may change the guitar: phones that were paired with it once, and stage mode, in which nobody may."""
