"""Bytes, and nothing of ours: frames, packets, events, hints, channels. No I/O."""
