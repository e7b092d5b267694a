"""What a person sets up from the page: settings, inputs, lights and receivers, and how the guitar is doing."""
