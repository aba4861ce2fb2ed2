"""A rewards file as a service: `vlm-rewards serve`."""
