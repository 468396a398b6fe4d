"""Bytes on the wire: frames, packets, encoded events. No I/O, and nothing else of ours."""
