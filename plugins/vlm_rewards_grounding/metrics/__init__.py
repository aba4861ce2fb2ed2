"""IoU, average precision, matching and their kin."""
