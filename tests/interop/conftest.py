"""What runs in the environments of the frameworks alone is not collected."""

collect_ignore_glob = ["drivers/*", "driving.py"]
