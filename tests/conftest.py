"""Settings that must stand before torch is imported or a pack is used."""

import os

# One thread: these models are tiny, and a busy machine makes threads wait for each other many times longer.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
