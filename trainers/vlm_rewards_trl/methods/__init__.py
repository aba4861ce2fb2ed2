"""One small module per training method, and what they share."""
