"""How model families write boxes, points, masks and actions."""
