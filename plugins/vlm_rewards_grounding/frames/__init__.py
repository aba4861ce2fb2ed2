"""What the numbers of a family count: presets and coordinate spaces."""
