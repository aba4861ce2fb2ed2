"""What a reward gets and what it gives: completions, images, the context, outcomes."""
