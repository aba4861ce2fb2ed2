"""Attack a rewards file: is there a completion that earns more than honest play with the same knowledge?"""
