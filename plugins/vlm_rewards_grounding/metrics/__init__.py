"""IoU, average precision, matching and the like."""
