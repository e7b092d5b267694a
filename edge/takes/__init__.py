"""Takes: recordings and what was heard in them, kept so that neither a power cut nor a full disk costs an older one."""
